"""A board's entries as plain rows: what exports, the API and the embedded table say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import QuerySet

from evals_app.leaderboards import selectors
from evals_app.leaderboards.models import LeaderboardColumn, LeaderboardEntry
from evals_app.leaderboards.selectors import Cell
from hub.core.clock import iso_millis

CHUNK = 500
FIXED = (
    *("position", "rank", "model", "model_commit", "value", "stderr", "low", "high", "p_value"),
    *("parameters", "licence", "library", "precision", "samples", "measured_at", "run", "state"),
    "external",
)
# Where they come from, in the same order; the namespace of the model joins its name, and an external model
# has no other name than what its run says.
PATHS = (
    *(
        "position",
        "rank",
        "run__model__name",
        "run__model_commit",
        "value",
        "stderr",
        "low",
        "high",
        "p_value",
    ),
    *("run__model__parameters", "run__model__licence", "run__model__library", "run__settings__dtype"),
    *("run__sample_count", "run__created_at", "run_id", "run__state", "run__is_external"),
    *("run__model__namespace__name", "run__model_name"),
)
PER_COLUMN = ("value", "stderr", "low", "high", "run", "state", "held_out")
NOTHING = (None,) * (len(PER_COLUMN) - 1)


class Record(NamedTuple):
    """An entry by the names of FIXED, and its cells by their column's id."""

    facts: dict[str, Any]
    cells: Mapping[int, Cell]


def names_of(columns: Sequence[LeaderboardColumn]) -> list[str]:
    """Names of the columns in words that are unique on the board."""
    plain = [column.metric for column in columns]
    if len(set(plain)) == len(plain):
        return plain
    return [f"{column.benchmark.repository.full_id}/{column.task}/{column.metric}" for column in columns]


def named(columns: Sequence[LeaderboardColumn]) -> list[tuple[str, LeaderboardColumn]]:
    """Each column with its name."""
    return list(zip(names_of(columns), columns, strict=True))


def header(columns: Sequence[LeaderboardColumn]) -> list[str]:
    return [*FIXED, *(f"{name}.{part}" for name in names_of(columns) for part in PER_COLUMN)]


def records_of(entries: QuerySet[LeaderboardEntry], columns: Sequence[LeaderboardColumn]) -> Iterator[Record]:
    """In the order of the query, some hundreds at a time: memory does not grow with the board."""
    found = entries.values_list("pk", *PATHS).iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        cells = selectors.cells_of([pk for pk, *_ in chunk], columns)
        for pk, *facts in chunk:
            yield Record(_fixed(*facts), cells.get(pk, {}))


def flat(record: Record, columns: Sequence[LeaderboardColumn]) -> list[Any]:
    """Values in the order of the header; None where there is nothing."""
    row = list(record.facts.values())
    for column in columns:
        cell = record.cells.get(column.pk)
        row += _parts(cell) if cell else NOTHING
        row.append(column.benchmark.is_held_out)
    return row


def _parts(cell: Cell) -> tuple[Any, ...]:
    return cell.value, cell.stderr, cell.low, cell.high, str(cell.run_id), cell.run__state


def nested(record: Record, named: Sequence[tuple[str, LeaderboardColumn]]) -> dict[str, Any]:
    """The same numbers with the cells below their names; `named` are the columns with those."""
    facts, cells = record.facts, record.cells
    return {
        **facts,
        "interval": _interval(facts["low"], facts["high"]),
        "cells": {
            name: {
                "value": cell.value,
                "stderr": cell.stderr,
                "interval": _interval(cell.low, cell.high),
                "run": str(cell.run_id),
                "state": cell.run__state,
                "held_out": column.benchmark.is_held_out,
            }
            for name, column in named
            if (cell := cells.get(column.pk)) is not None
        },
    }


def _interval(low: float | None, high: float | None) -> list[float | None] | None:
    return [low, high] if low is not None else None


def _fixed(*facts: Any) -> dict[str, Any]:
    said = dict(zip(PATHS, facts, strict=True))
    namespace, told = said.pop("run__model__namespace__name"), said.pop("run__model_name")
    said["run__model__name"] = told if namespace is None else f"{namespace}/{said['run__model__name']}"
    if said["run__is_external"]:
        said["run__settings__dtype"] = None
    said["run__settings__dtype"] = str(said["run__settings__dtype"] or "")
    said["run__created_at"] = iso_millis(said["run__created_at"])
    said["run_id"] = str(said["run_id"])
    return dict(zip(FIXED, said.values(), strict=True))
