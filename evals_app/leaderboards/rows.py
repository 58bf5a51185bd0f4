"""A board's entries as plain rows: what exports, the API and the embedded table say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from evals_app.leaderboards.models import LeaderboardColumn, LeaderboardEntry
from hub.core.clock import iso_millis

CHUNK = 500
FIXED = (
    *("position", "rank", "model", "model_commit", "value", "stderr", "low", "high", "p_value"),
    *("parameters", "licence", "library", "precision", "samples", "measured_at", "run"),
)
PER_COLUMN = ("value", "stderr", "low", "high", "run")


def names_of(columns: Sequence[LeaderboardColumn]) -> list[str]:
    """Names of the columns in words that are unique on the board."""
    plain = [column.metric for column in columns]
    if len(set(plain)) == len(plain):
        return plain
    return [f"{column.benchmark.repository.full_id}/{column.task}/{column.metric}" for column in columns]


def header(columns: Sequence[LeaderboardColumn]) -> list[str]:
    return [*FIXED, *(f"{name}.{part}" for name in names_of(columns) for part in PER_COLUMN)]


def flat(entries: Iterable[LeaderboardEntry], columns: Sequence[LeaderboardColumn]) -> Iterator[list[Any]]:
    """Values in the order of the header; None where there is nothing."""
    for entry in entries:
        cells = {cell.column_id: cell for cell in entry.cells.all()}
        row = [*_fixed(entry).values()]
        for column in columns:
            cell = cells.get(column.pk)
            values = (cell.value, cell.stderr, cell.low, cell.high, str(cell.run_id)) if cell else (None,) * 5
            row += values
        yield row


def nested(entry: LeaderboardEntry, columns: Sequence[LeaderboardColumn]) -> dict[str, Any]:
    """The same numbers with the cells below their names."""
    cells = {cell.column_id: cell for cell in entry.cells.all()}
    named = zip(names_of(columns), (cells.get(column.pk) for column in columns), strict=True)
    return {
        **_fixed(entry),
        "interval": [entry.low, entry.high] if entry.low is not None else None,
        "cells": {
            name: {
                "value": cell.value,
                "stderr": cell.stderr,
                "interval": [cell.low, cell.high] if cell.low is not None else None,
                "run": str(cell.run_id),
            }
            for name, cell in named
            if cell is not None
        },
    }


def _fixed(entry: LeaderboardEntry) -> dict[str, Any]:
    run, model = entry.run, entry.run.model
    return {
        "position": entry.position,
        "rank": entry.rank,
        "model": model.full_id if model else run.model_name,
        "model_commit": run.model_commit,
        "value": entry.value,
        "stderr": entry.stderr,
        "low": entry.low,
        "high": entry.high,
        "p_value": entry.p_value,
        "parameters": model.parameters if model else None,
        "licence": model.licence if model else "",
        "library": model.library if model else "",
        "precision": str(run.settings.get("dtype") or ""),
        "samples": run.sample_count,
        "measured_at": iso_millis(run.created_at),
        "run": str(run.pk),
    }
