"""Scores that files of a model claim: `.eval_results/*.yaml`, a list of entries in each.

Whether the hub itself measured what an entry says, only the layer above knows; it registers who to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from django.utils.module_loading import import_string

from hub.accounts.actors import Actor
from models_app.cards import front_matter
from models_app.repositories.models import Repository

FOLDER, ENDINGS = ".eval_results/", (".yaml", ".yml")
MAX_FILES, MAX_ENTRIES = 50, 500
OPTIONAL_TEXTS = ("verifyToken", "date", "notes")
SOURCE_TEXTS = ("url", "name", "user", "org")
# Of each model and entry, whether it is a measurement of this hub that the actor may see.
Verifier = Callable[[Actor, Sequence[tuple[Repository, Mapping[str, Any]]]], Sequence[bool]]
_verifiers: list[str] = []


class BadEntry(ValueError):
    """Why a file is not used, in a sentence for its author."""


def is_evaluation(path: str) -> bool:
    return path.startswith(FOLDER) and path.endswith(ENDINGS)


def read_all(files: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Pairs of path and text as what clients are told: `filename` and `data` of each entry, or `error`."""
    found: list[dict[str, Any]] = []
    for path, text in files:
        try:
            entries = list(_entries(text))
        except (BadEntry, front_matter.CardProblem) as problem:
            found.append({"filename": path, "error": str(problem)})
        else:
            found += [{"filename": path, "data": entry} for entry in entries]
    return found[:MAX_ENTRIES]


def verify_with(name: str) -> None:
    """The dotted name of a Verifier; called once at start, by the layer that knows measurements."""
    if name not in _verifiers:
        _verifiers.append(name)


def told(actor: Actor, models: Sequence[Repository]) -> dict[int, list[dict[str, Any]]]:
    """The entries of each model, by its number, with `verified` as the actor may know it. All verifiers are
    asked once for all models."""
    entries = {model.pk: list(model.file_facts.get("evaluations") or []) for model in models}
    claimed = [(model, at) for model in models for at, one in enumerate(entries[model.pk]) if "data" in one]
    asked = [(model, entries[model.pk][at]["data"]) for model, at in claimed]
    verdicts = [_verifier(name)(actor, asked) for name in _verifiers] if asked else []
    for number, (model, at) in enumerate(claimed):
        is_verified = any(verdict[number] for verdict in verdicts)
        entries[model.pk][at] = {**entries[model.pk][at], "verified": is_verified}
    return entries


def _verifier(name: str) -> Verifier:
    return cast(Verifier, import_string(name))


def _entries(text: str) -> Iterator[dict[str, Any]]:
    values = front_matter.read_value(text)
    if not isinstance(values, list):
        raise BadEntry("The file must hold a list of results.")
    for number, value in enumerate(values, start=1):
        if not isinstance(value, dict):
            raise BadEntry(f"Result {number} must be a mapping.")
        yield _entry(number, value)


def _entry(number: int, value: Mapping[str, Any]) -> dict[str, Any]:
    dataset, score = value.get("dataset"), value.get("value")
    if not isinstance(dataset, dict) or not all(isinstance(dataset.get(k), str) for k in ("id", "task_id")):
        raise BadEntry(f"Result {number} needs `dataset.id` and `dataset.task_id`.")
    if not isinstance(score, int | float) or isinstance(score, bool):
        raise BadEntry(f"Result {number} needs a number as `value`.")
    source = value.get("source")
    return {
        "dataset": _texts(dataset, ("id", "task_id", "revision")),
        "value": score,
        **_texts(value, OPTIONAL_TEXTS),
        **({"source": _texts(source, SOURCE_TEXTS)} if isinstance(source, dict) else {}),
    }


def _texts(value: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    return {name: value[name] for name in names if isinstance(value.get(name), str)}
