"""Answers of a run, a page at a time, from the Parquet file that the engine left."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from evals_app.runs.models import Run
from hub.accounts.actors import Actor
from hub.core.errors import HubError, InvalidInput, NotFound
from models_app.previews import pages
from models_app.previews.pages import Bounds
from models_app.repositories import access
from models_app.repositories import selectors as repositories
from models_app.repositories.types import Content

PER_PAGE = 10
MOST = 100
# What a model was asked and answered.
TEXTS = ("prompt", "references", "response")
# Columns that are told apart from the metrics.
FIXED = ("sample", "prompt_hash", *TEXTS)
STATISTICS = "_statistics"


class Show(StrEnum):
    ALL = "all"
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Answer:
    """One row. `values` are its metrics, `details` whatever else the file holds of it."""

    number: int
    prompt: str
    references: list[str]
    response: str
    values: dict[str, float | None]
    details: dict[str, str]


@dataclass(frozen=True, slots=True)
class AnswerPage:
    answers: list[Answer]
    total: int


def may_filter(run: Run) -> bool:
    """Right and wrong are told apart by a primary metric that is a share."""
    return _primary(run).get("unit") == "share"


def page_of(
    actor: Actor, run: Run, *, offset: int = 0, length: int = PER_PAGE, show: str = Show.ALL
) -> AnswerPage:
    """NotFound when nothing was kept or it cannot be read; InvalidInput for a filter that is none.

    Starts a process of its own; at most 20 seconds and 64 MB.
    """
    if show not in list(Show) or (show != Show.ALL and not may_filter(run)):
        raise InvalidInput(f"`show` must be one of {', '.join(Show)}.", field="show")
    if not 1 <= length <= MOST or not 0 <= offset < 2**31:
        raise InvalidInput(f"`length` must lie between 1 and {MOST}.", field="length")
    content = _file(actor, run)
    found = pages.read(content.read, content.size, offset, length, _bounds(run, show))
    if found is None:
        raise NotFound("The answers of this run cannot be shown; download the file.")
    metrics = {metric["name"] for metric in _task(run)["metrics"]}
    answers = [_answer(number, found.cells(at), metrics) for at, number in enumerate(found.numbers)]
    return AnswerPage(answers, found.total)


def some_of(actor: Actor, run: Run, rows: Sequence[int]) -> list[Answer] | None:
    """The given rows, in that order; empty ones where the file has none. None when the actor may not read
    the file, or it cannot be read."""
    try:
        content = _file(actor, run)
    except HubError:
        return None
    found = pages.read_rows(content.read, content.size, rows, TEXTS)
    if found is None:
        return None
    known = {number: _answer(number, found.cells(at), set()) for at, number in enumerate(found.numbers)}
    return [known.get(row) or Answer(row, "", [], "", {}, {}) for row in rows]


def _file(actor: Actor, run: Run) -> Content:
    """NotFound when nothing was kept, it is gone, or the actor may not read it."""
    if not run.samples_repository:
        raise NotFound("This run kept no answers.")
    repository = access.get_repository_for(actor, "dataset", run.samples_repository, access.Need.CONTENT)
    entry = repositories.find(repository, run.samples_commit, run.samples_path)
    return repositories.open_content(repository, entry)


def _task(run: Run) -> Mapping[str, Any]:
    tasks: list[dict[str, Any]] = run.benchmark_version.declaration["tasks"]
    return next(task for task in tasks if task["name"] == run.task)


def _primary(run: Run) -> Mapping[str, Any]:
    metrics: list[dict[str, Any]] = _task(run)["metrics"]
    return next((metric for metric in metrics if metric["primary"]), metrics[0])


def _bounds(run: Run, show: str) -> Bounds | None:
    """Half of the credit is enough to be right."""
    if show == Show.ALL:
        return None
    metric = _primary(run)
    upper = (show == Show.RIGHT) == metric["higher_is_better"]
    return Bounds(metric["name"], 0.5, 1.0) if upper else Bounds(metric["name"], 0.0, 0.4999999)


def _answer(number: int, cells: Mapping[str, str | None], metrics: set[str]) -> Answer:
    details = {
        name: text
        for name, text in cells.items()
        if text is not None and name not in metrics and name not in FIXED and not name.endswith(STATISTICS)
    }
    return Answer(
        number=number,
        prompt=cells.get("prompt") or "",
        references=_texts(cells.get("references")),
        response=cells.get("response") or "",
        values={name: _number(cells[name]) for name in sorted(metrics & cells.keys())},
        details=details,
    )


def _texts(text: str | None) -> list[str]:
    """A list that was too long for a page comes cut, and is shown as it is."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return [text or ""]
    return [str(item) for item in found] if isinstance(found, list) else [str(found)]


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
