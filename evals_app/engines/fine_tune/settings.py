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
    """Lengths are in tokens; 0 for `limit` means all rows, for `save_steps` a tenth of all steps."""

    max_steps: int = 200
    batch_size: int = 16
    learning_rate: float = 5e-4
    warmup_steps: int = 0
    weight_decay: float = 0.0
    seed: int = 0
    save_steps: int = 0
    device: str = "auto"
    split: str = "train"
    file: str = ""
    limit: int = 0
    text_column: str = "text"
    source_column: str = "source"
    target_column: str = "target"
    prefix: str = ""
    max_length: int = 128
    max_target_length: int = 128

    @property
    def steps_between_checkpoints(self) -> int:
        return self.save_steps or max(10, self.max_steps // 10)

    @property
    def steps_between_reports(self) -> int:
        """At most about a hundred points on a curve."""
        return max(1, self.max_steps // 100)


BOUNDS: Mapping[str, tuple[float, float]] = {
    "max_steps": (1, 10_000_000),
    "batch_size": (1, 4096),
    "learning_rate": (1e-9, 1.0),
    "warmup_steps": (0, 1_000_000),
    "weight_decay": (0.0, 1.0),
    "seed": (0, 2**32 - 1),
    "save_steps": (1, 10_000_000),
    "limit": (1, 2**31),
    "max_length": (4, 131_072),
    "max_target_length": (4, 131_072),
}


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
    return Settings(**_typed(Settings, given, BOUNDS))


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
