"""What users of transformers and datasets write, as a program; tests start it with the engines' Python.

`python libraries_program.py NAMESPACE` with `HF_ENDPOINT`, `HF_TOKEN` and `HF_HOME` set. Prints `fine`
at the end.
"""

from __future__ import annotations

import sys


def datasets_round_trip(namespace: str) -> None:
    from datasets import Dataset, load_dataset

    repo = f"{namespace}/pairs"
    rows = Dataset.from_dict({"en": ["a", "b", "c"], "fr": ["x", "y", "z"]})
    rows.push_to_hub(repo)
    assert load_dataset(repo, split="train")["fr"] == ["x", "y", "z"]
    rows.select(range(2)).push_to_hub(repo)
    assert load_dataset(repo, split="train").num_rows == 2
    streamed = load_dataset(repo, split="train", streaming=True)
    assert [row["en"] for row in streamed] == ["a", "b"]


def models_round_trip(namespace: str) -> None:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        AutoModelForSeq2SeqLM,
        AutoTokenizer,
        PreTrainedTokenizerFast,
        T5Config,
        T5ForConditionalGeneration,
    )

    repo = f"{namespace}/tiny-t5"
    vocabulary = {"<pad>": 0, "</s>": 1, "<unk>": 2, "Translate": 3, "this": 4}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    sizes = {"d_model": 16, "d_ff": 16, "d_kv": 4, "num_layers": 1, "num_heads": 2}
    model = T5ForConditionalGeneration(T5Config(vocab_size=5, decoder_start_token_id=0, **sizes))
    model.push_to_hub(repo, private=True)
    tokenizer.push_to_hub(repo)
    loaded = AutoModelForSeq2SeqLM.from_pretrained(repo)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), loaded.parameters(), strict=True))
    inputs = AutoTokenizer.from_pretrained(repo)("Translate this", return_tensors="pt")
    loaded.generate(input_ids=inputs["input_ids"], max_new_tokens=2)


if __name__ == "__main__":
    datasets_round_trip(sys.argv[1])
    models_round_trip(sys.argv[1])
    print("fine")
