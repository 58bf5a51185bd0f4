"""A small model and its tokenizer from nothing, in the shapes of T5 and Llama."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evals_app.engines.fine_tune.settings import Beginning

PAD, END, UNKNOWN = SPECIAL = "<pad>", "</s>", "<unk>"
TEXT_END = "<|endoftext|>"


def tokenizer(beginning: Beginning, texts: Iterable[str]) -> Any:
    """A tokenizer trained on the texts. Same texts, same tokenizer."""
    make = {"t5": _unigram, "llama": _byte_level}[beginning.architecture]
    return make(beginning, texts)


def _unigram(beginning: Beginning, texts: Iterable[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.Unigram(_pieces(beginning, texts), unk_id=SPECIAL.index(UNKNOWN)))
    core.normalizer = normalizers.NFKC()
    core.pre_tokenizer = pre_tokenizers.Metaspace()
    core.decoder = decoders.Metaspace()
    core.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", pair=f"$A {END} $B {END}", special_tokens=[(END, SPECIAL.index(END))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        model_max_length=beginning.context,
    )


def _pieces(beginning: Beginning, texts: Iterable[str]) -> list[tuple[str, float]]:
    """Pieces with their scores, from SentencePiece: the trainer of `tokenizers` gives another vocabulary
    at every run, and a training that is resumed or repeated must find the same one."""
    import sentencepiece

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=written,
        model_type="unigram",
        vocab_size=beginning.vocabulary,
        # Small data may not hold that many.
        hard_vocab_limit=False,
        character_coverage=1.0,
        normalization_rule_name="nfkc",
        max_sentence_length=100_000,
        num_threads=1,
        minloglevel=2,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        pad_piece=PAD,
        eos_piece=END,
        unk_piece=UNKNOWN,
    )
    trained = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    return [(trained.id_to_piece(i), trained.get_score(i)) for i in range(len(trained))]


def _byte_level(beginning: Beginning, texts: Iterable[str]) -> Any:
    """One special token begins and ends every text, as in GPT-2, so that training and the
    likelihood of a text from its first token agree."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=beginning.vocabulary,
        special_tokens=[TEXT_END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token=TEXT_END,
        eos_token=TEXT_END,
        pad_token=TEXT_END,
        model_max_length=beginning.context,
    )


def model(beginning: Beginning, tokens: Any) -> Any:
    """Fresh weights; the caller has set the seed."""
    make = {"t5": _t5, "llama": _llama}[beginning.architecture]
    return make(beginning, tokens)


def _t5(beginning: Beginning, tokens: Any) -> Any:
    from transformers import T5Config, T5ForConditionalGeneration

    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(tokens),
            d_model=beginning.hidden,
            d_kv=beginning.hidden // beginning.heads,
            d_ff=beginning.feed_forward,
            num_layers=beginning.layers,
            num_heads=beginning.heads,
            # Models begun here are small and see little data for a short time: with dropout they underfit,
            # and score lower on unseen texts too.
            dropout_rate=0.0,
            n_positions=beginning.context,
            pad_token_id=tokens.pad_token_id,
            eos_token_id=tokens.eos_token_id,
            decoder_start_token_id=tokens.pad_token_id,
        )
    )


def _llama(beginning: Beginning, tokens: Any) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokens),
            hidden_size=beginning.hidden,
            intermediate_size=beginning.feed_forward,
            num_hidden_layers=beginning.layers,
            num_attention_heads=beginning.heads,
            max_position_embeddings=beginning.context,
            tie_word_embeddings=True,
            bos_token_id=tokens.bos_token_id,
            eos_token_id=tokens.eos_token_id,
            pad_token_id=tokens.pad_token_id,
        )
    )


def make_readable_by_older_clients(folder: Path) -> None:
    """The newest transformers writes a class name that older ones do not know; this one all know."""
    path = folder / "tokenizer_config.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    if values.get("tokenizer_class") == "TokenizersBackend":
        values["tokenizer_class"] = "PreTrainedTokenizerFast"
        path.write_text(json.dumps(values, ensure_ascii=False, indent=2), encoding="utf-8")
