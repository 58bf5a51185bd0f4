"""What metadata must look like, field by field: errors refuse a commit, warnings only speak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models_app.cards.vocabulary import LICENCES, TASKS

# Fields that hold one text or a list of texts.
TEXT_OR_TEXTS = ("license", "language", "base_model", "datasets", "metrics", "task_categories", "tags")
ONE_TEXT = ("pipeline_tag", "library_name", "pretty_name", "license_name")


def errors(data: dict[str, Any]) -> Iterator[str]:
    for name in ONE_TEXT:
        if data.get(name) is not None and not isinstance(data[name], str):
            yield f'"{name}" must be a string'
    for name in TEXT_OR_TEXTS:
        if data.get(name) is not None and not is_text_or_texts(data[name]):
            yield f'"{name}" must be a string or a list of strings'
    if data.get("model-index") is not None:
        yield from model_index_errors(data["model-index"])


def is_text_or_texts(value: Any) -> bool:
    # Numbers pass inside lists: a tag `2024` is read as one.
    if isinstance(value, list):
        return all(isinstance(item, (str, int)) and not isinstance(item, bool) for item in value)
    return isinstance(value, str)


def unknown_words(data: dict[str, Any], repository_type: str) -> Iterator[str]:
    licences = data.get("license")
    for licence in licences if isinstance(licences, list) else [licences]:
        if isinstance(licence, str) and licence.lower() not in LICENCES:
            yield f'"license" must be one of [{", ".join(sorted(LICENCES))}], not {licence[:80]!r}'
    task = data.get("pipeline_tag")
    if isinstance(task, str) and repository_type == "model" and task not in TASKS:
        yield f'"pipeline_tag" {task[:80]!r} is not in the list of tasks'


def model_index_errors(index: Any) -> Iterator[str]:
    if not isinstance(index, list):
        yield '"model-index" must be a list'
        return
    for number, entry in enumerate(index):
        place = f"model-index[{number}]"
        if not isinstance(entry, dict):
            yield f'"{place}" must be a mapping'
            continue
        if not isinstance(entry.get("name", ""), str):
            yield f'"{place}.name" must be a string'
        yield from results_errors(place, entry.get("results", []))


def results_errors(place: str, results: Any) -> Iterator[str]:
    if not isinstance(results, list):
        yield f'"{place}.results" must be a list'
        return
    for number, result in enumerate(results):
        here = f"{place}.results[{number}]"
        if not isinstance(result, dict):
            yield f'"{here}" must be a mapping'
            continue
        for name in ("task", "dataset"):
            if name in result and not typed_mapping(result[name]):
                yield f'"{here}.{name}.type" is required'
        metrics = result.get("metrics", [])
        if not isinstance(metrics, list) or not all(typed_mapping(metric) for metric in metrics):
            yield f'"{here}.metrics" must be a list of mappings with "type" and "value"'


def typed_mapping(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str)
