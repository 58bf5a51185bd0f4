"""What a card says was measured: its author's word. From `model-index` and the files of results."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

MAX_CLAIMS = 200
WORD = 80


@dataclass(frozen=True, slots=True)
class Claim:
    """`dataset` is its id where one is given, `metric` the metric's type, empty in a file of results, whose
    entries have none. `value` is what stands there, `number` what it says, None for words."""

    dataset: str
    task: str
    metric: str
    value: str
    number: float | None
    file: str = ""
    source_url: str = ""
    revision: str = ""


def claims_of(card_data: dict[str, Any], evaluations: list[dict[str, Any]]) -> list[Claim]:
    """From the model's files of results, then the card's `model-index`; entries in another shape are
    left out."""
    found = chain(_evaluated(evaluations), _claims(card_data.get("model-index")))
    return list(islice(found, MAX_CLAIMS))


def _evaluated(evaluations: list[dict[str, Any]]) -> Iterator[Claim]:
    for entry in evaluations:
        if data := entry.get("data"):
            dataset, url = data["dataset"], data.get("source", {}).get("url", "")
            yield Claim(
                dataset["id"][:WORD],
                dataset["task_id"][:WORD],
                "",
                _written(data["value"]),
                _number(data["value"]),
                entry["filename"][:400],
                url[:500],
                dataset.get("revision", ""),
            )


def _claims(index: Any) -> Iterator[Claim]:
    for model in _mappings(index):
        for result in _mappings(model.get("results")):
            for metric in _mappings(result.get("metrics")):
                value = metric.get("value")
                if isinstance(value, int | float | str) and not isinstance(value, bool):
                    dataset = result.get("dataset")
                    yield Claim(
                        _word(dataset, "type", "name"),
                        _word(dataset, "config"),
                        _word(metric, "type", "name"),
                        _written(value),
                        _number(value),
                        source_url=_word(result.get("source"), "url"),
                    )


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    yield from (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()


def _word(value: Any, *keys: str) -> str:
    """The first of the keys that holds something."""
    if not isinstance(value, dict):
        return ""
    return next((str(value[key])[:WORD] for key in keys if value.get(key)), "")


def _written(value: float | str) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else value[:40]


def _number(value: float | str) -> float | None:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
