"""Writes an order into a board's rows: only what differs from what stands there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from uuid import UUID

from evals_app.leaderboards.models import Leaderboard, LeaderboardCell, LeaderboardEntry

BATCH = 2000
ENTRY = ("position", "rank", "value", "stderr", "low", "high", "p_value")
CELL = ("run_id", "value", "stderr", "low", "high")
_of_entry, _of_cell = attrgetter(*ENTRY), attrgetter(*CELL)


@dataclass(frozen=True, slots=True)
class Row:
    """An unsaved entry and its cells, which know their column but not yet the entry."""

    entry: LeaderboardEntry
    cells: Sequence[LeaderboardCell]


@dataclass(frozen=True, slots=True)
class Difference:
    entries: list[LeaderboardEntry]
    gone: list[int]
    # With the run of their entry, whose id a new entry gets when it is written.
    cells: list[tuple[UUID, LeaderboardCell]]
    gone_cells: list[int]


def difference(board: Leaderboard, rows: Sequence[Row]) -> Difference:
    """Two queries, rows instead of objects. Nobody else writes these while the board is leased."""
    entries = LeaderboardEntry.objects.filter(leaderboard=board).values_list("run_id", "pk", *ENTRY)
    stands = {run: (pk, tuple(facts)) for run, pk, *facts in entries.iterator(chunk_size=BATCH)}
    cells = LeaderboardCell.objects.filter(entry__leaderboard=board).values_list(
        "entry_id", "column_id", "pk", *CELL
    )
    there = {(entry, column): (pk, tuple(facts)) for entry, column, pk, *facts in cells.iterator(BATCH)}
    found = Difference([], [], [], [])
    for row in rows:
        pk, facts = stands.pop(row.entry.run_id, (None, None))
        if facts != _of_entry(row.entry):
            found.entries.append(row.entry)
        for cell in row.cells:
            _pk, before = there.pop((pk, cell.column_id), (None, None)) if pk else (None, None)
            if before != _of_cell(cell):
                found.cells.append((row.entry.run_id, cell))
    found.gone.extend(pk for pk, _facts in stands.values())
    found.gone_cells.extend(pk for pk, _facts in there.values())
    return found


def write(board: Leaderboard, found: Difference) -> None:
    """Inside the caller's transaction."""
    for pks in _batches(found.gone):
        LeaderboardEntry.objects.filter(pk__in=pks).delete()
    for pks in _batches(found.gone_cells):
        LeaderboardCell.objects.filter(pk__in=pks).delete()
    LeaderboardEntry.objects.bulk_create(
        found.entries,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["leaderboard", "run"],
        update_fields=ENTRY,
    )
    ids = dict(LeaderboardEntry.objects.filter(leaderboard=board).values_list("run_id", "pk"))
    for run, cell in found.cells:
        cell.entry_id = ids[run]
    LeaderboardCell.objects.bulk_create(
        [cell for _run, cell in found.cells],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["entry", "column"],
        update_fields=["run", *CELL[1:]],
    )


def _batches(pks: Sequence[int]) -> Iterable[Sequence[int]]:
    return (pks[start : start + BATCH] for start in range(0, len(pks), BATCH))
