from __future__ import annotations

from models_app.cards import metadata

MODEL_CARD = """---
license: MIT
language: fr
datasets: acme/pairs
base_model: acme/t5-init
tags: [translation, tiny]
---
# T5 for [French](http://x)

<img src="x.png">

A **small** model that
translates.

- not this
"""


def test_it_reads_a_model_card() -> None:
    index = metadata.extract(
        "model",
        MODEL_CARD,
        ["README.md", "config.json", "model.safetensors"],
        {"model_type": "t5", "architectures": ["T5ForConditionalGeneration"], "vocab_size": 3},
        lambda: {"F32": 10, "BF16": 5},
    )
    assert (index.title, index.summary) == ("T5 for French", "A small model that translates.")
    assert (index.task, index.library, index.licence) == ("translation", "transformers", "mit")
    assert index.parameters == 15
    assert index.config == {"model_type": "t5", "architectures": ["T5ForConditionalGeneration"]}
    assert dict(index.tags) == {
        "language:fr": "language",
        "license:mit": "license",
        "transformers": "library",
        "safetensors": "library",
        "translation": "task",
        "dataset:acme/pairs": "dataset",
        "base_model:acme/t5-init": "base_model",
        "base_model:finetune:acme/t5-init": "base_model",
        "tiny": "other",
    }


def test_it_reads_a_dataset_card() -> None:
    card = """---
pretty_name: Pairs
task_categories: [translation]
language: [en, fr]
dataset_info:
  splits: [{name: train, num_examples: 5000}]
---
Sentences.
"""
    index = metadata.extract("dataset", card, ["data/train.parquet"])
    assert (index.title, index.task) == ("Pairs", "translation")
    assert ("size_categories:1K<n<10K", "size_categories") in index.tags
    assert ("task_categories:translation", "task_categories") in index.tags
    assert ("language:en", "language") in index.tags


def test_it_knows_adapters_and_causal_models_by_their_files() -> None:
    assert metadata.extract("model", None, ["adapter_config.json"]).library == "peft"
    config = {"architectures": ["LlamaForCausalLM"]}
    assert metadata.extract("model", None, ["config.json"], config).task == "text-generation"


def test_it_never_raises_for_what_strangers_wrote() -> None:
    strange = "---\nlicense: [{a: 1}]\ntags: {x: [y]}\nlanguage: [[en]]\ndataset_info: [3]\n---\n"
    for kind in ("model", "dataset"):
        metadata.extract(kind, strange, [], {"architectures": 3, "model_type": 5})
    assert metadata.extract("model", "---\n: [\n---\nText.", []).summary == "Text."


def test_it_leaves_out_tags_too_long_to_store() -> None:
    card = f"---\ntags: [{'x' * 200}, ok]\n---\n"
    assert metadata.extract("model", card, []).tags == [("ok", "other")]
