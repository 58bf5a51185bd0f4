"""The settings of a training, checked: every number has bounds that a mistake runs into early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from evals_app.engines.failures import bad_input

RECIPES = ("seq2seq", "causal")
ARCHITECTURES = {"seq2seq": "t5", "causal": "llama"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Lengths are in tokens. `source_prefix` stands before every source text, in training and in use.
    Empty `licence`, `language` and `pipeline_tag` are taken from the training data's card."""

    max_steps: int = 200
    batch_size: int = 16
    gradient_accumulation: int = 1
    learning_rate: float = 5e-4
    warmup_steps: int = 20
    weight_decay: float = 0.01
    scheduler: str = "linear"
    seed: int = 0
    save_steps: int = 50
    logging_steps: int = 10
    device: str = "auto"
    train_file: str = "data/train.parquet"
    validation_file: str = "data/validation.parquet"
    validation_samples: int = 200
    text_column: str = "text"
    source_column: str = "source"
    target_column: str = "target"
    source_prefix: str = ""
    max_source_length: int = 128
    max_target_length: int = 128
    block_size: int = 256
    licence: str = ""
    language: str = ""
    pipeline_tag: str = ""


BOUNDS: Mapping[str, tuple[float, float]] = {
    "max_steps": (1, 10_000_000),
    "batch_size": (1, 4096),
    "gradient_accumulation": (1, 4096),
    "learning_rate": (1e-9, 1.0),
    "warmup_steps": (0, 1_000_000),
    "weight_decay": (0.0, 1.0),
    "seed": (0, 2**32 - 1),
    "save_steps": (1, 10_000_000),
    "logging_steps": (1, 1_000_000),
    "validation_samples": (0, 100_000),
    "max_source_length": (4, 131_072),
    "max_target_length": (4, 131_072),
    "block_size": (8, 131_072),
}
SCHEDULERS = ("linear", "cosine", "constant", "constant_with_warmup")


@dataclass(frozen=True, slots=True)
class Beginning:
    """The shape of a model that is trained from nothing."""

    architecture: str
    vocabulary: int = 4000
    hidden: int = 128
    layers: int = 2
    heads: int = 4
    feed_forward: int = 512
    context: int = 512


BEGINNING_BOUNDS: Mapping[str, tuple[float, float]] = {
    "vocabulary": (300, 128_000),
    "hidden": (8, 4096),
    "layers": (1, 64),
    "heads": (1, 64),
    "feed_forward": (8, 16_384),
    "context": (16, 8192),
}


def read(given: Mapping[str, Any]) -> Settings:
    """Defaults filled in. Raises Failure(bad-input) that names the setting."""
    settings = Settings(**_typed(Settings, given, BOUNDS))
    if settings.scheduler not in SCHEDULERS:
        raise bad_input(f"`scheduler` must be one of {', '.join(SCHEDULERS)}.")
    return settings


def read_beginning(given: Mapping[str, Any], recipe: str) -> Beginning:
    architecture = given.get("architecture") or ARCHITECTURES[recipe]
    if architecture != ARCHITECTURES[recipe]:
        raise bad_input(f"The recipe {recipe} begins with a {ARCHITECTURES[recipe]}, not a {architecture}.")
    beginning = Beginning(**_typed(Beginning, {**given, "architecture": architecture}, BEGINNING_BOUNDS))
    if beginning.hidden % beginning.heads:
        raise bad_input(f"`hidden` ({beginning.hidden}) must be a multiple of `heads` ({beginning.heads}).")
    return beginning


def _typed(shape: Any, given: Mapping[str, Any], bounds: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    kinds = {"int": int, "float": float, "str": str}
    typed: dict[str, Any] = {}
    for field in fields(shape):
        value = given.get(field.name)
        if value is None:
            continue
        try:
            typed[field.name] = kinds[str(field.type)](value)
        except (TypeError, ValueError):
            raise bad_input(f"`{field.name}` must be a {field.type}, not {value!r}.") from None
        low, high = bounds.get(field.name, (None, None))
        if low is not None and high is not None and not low <= typed[field.name] <= high:
            raise bad_input(f"`{field.name}` must lie between {low:g} and {high:g}, not be {value!r}.")
    return typed
