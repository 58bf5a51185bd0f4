"""What a card says was measured elsewhere: shown as its author's word, apart from what ran here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

MAX_CLAIMS = 12


@dataclass(frozen=True, slots=True)
class Claim:
    dataset: str
    metric: str
    value: str


def claims_of(card_data: dict[str, Any], evaluations: list[dict[str, Any]]) -> list[Claim]:
    """From the model's files of results, then the card's `model-index`; entries in another shape are
    left out."""
    found = chain(_evaluated(evaluations), _claims(card_data.get("model-index")))
    return list(islice(found, MAX_CLAIMS))


def _evaluated(evaluations: list[dict[str, Any]]) -> Iterator[Claim]:
    for entry in evaluations:
        if data := entry.get("data"):
            dataset = data["dataset"]
            yield Claim(dataset["id"][:80], dataset["task_id"][:80], _written(data["value"]))


def _claims(index: Any) -> Iterator[Claim]:
    for model in _mappings(index):
        for result in _mappings(model.get("results")):
            for metric in _mappings(result.get("metrics")):
                value = metric.get("value")
                if isinstance(value, int | float | str) and not isinstance(value, bool):
                    yield Claim(_name(result.get("dataset")), _name(metric), _written(value))


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    yield from (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()


def _name(value: Any) -> str:
    named = (value.get("name") or value.get("type")) if isinstance(value, dict) else None
    return str(named)[:80] if named else "–"


def _written(value: float | str) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else value[:40]
