"""From runs to an order: which run of a model counts in each column, the value it is ranked by, and what
the board says about its own sharpness. Reads only; `services` writes what comes out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any
from uuid import UUID

from evals_app.catalog import selectors as catalog
from evals_app.leaderboards import aggregate
from evals_app.leaderboards.models import BoardVisibility, Leaderboard, LeaderboardColumn
from evals_app.leaderboards.pairing import KeptScores, PairedTests
from evals_app.metrics import ranking, significance
from evals_app.metrics.ranking import Place, Score
from evals_app.runs import candidates as runs
from evals_app.runs.candidates import Candidate, Recipe

MOST_REFUSED = 50
MOST_STEPS = 200
# The gap is told from neighbours near the top, where it matters.
TOP = 20


@dataclass(slots=True)
class Standing:
    """One model: its run in each column, by the column's id, and what it is ranked by."""

    model_name: str
    cells: dict[int, Candidate] = field(default_factory=dict)
    score: Score | None = None

    def run_id(self, columns: Sequence[LeaderboardColumn]) -> UUID:
        first = self.cells.get(columns[0].pk)
        return (first or max(self.cells.values(), key=lambda cell: cell.measured_at)).run_id


@dataclass(frozen=True, slots=True)
class Order:
    standings: list[Standing]
    places: list[Place]
    findings: dict[str, Any]


def order(board: Leaderboard, columns: Sequence[LeaderboardColumn]) -> Order:
    """Ranked standings first in `places`, which point into `standings`; columns learn their recipe."""
    within = board.owner_id if board.visibility == BoardVisibility.ORGANIZATION else None
    found: dict[int, list[Candidate]] = {column.pk: _candidates(column, within) for column in columns}
    standings: dict[int | str, Standing] = {}
    refused: dict[str, list[str]] = {}
    for column in columns:
        refused |= {left_out[0]: left_out for left_out in _fill(column, found[column.pk], standings)}
    refused |= {left_out[0]: left_out for left_out in _refused(columns)}
    rows = list(standings.values())
    for row in rows:
        row.score = _score(board, columns, row)
    places = _places(board, columns, rows)
    findings = {
        "progress": [] if board.has_aggregate or not columns else _progress(columns[0], found[columns[0].pk]),
        "refused": list(refused.values())[:MOST_REFUSED],
        **_sharpness(board, columns, rows, places),
    }
    return Order(rows, places, findings)


def _candidates(column: LeaderboardColumn, within: int | None) -> list[Candidate]:
    version = catalog.current_version(column.benchmark)
    benchmark = column.benchmark
    is_hidden = benchmark.repository.is_private and not benchmark.is_held_out
    if version is None or (within is None and is_hidden and not _is_own(column)):
        return []
    column.fingerprint = version.fingerprint
    return list(runs.candidates(version, column.task, column.metric, within=within))


def _is_own(column: LeaderboardColumn) -> bool:
    """Whether the board is the benchmark's own, which is as visible as the benchmark is."""
    return column.leaderboard.benchmark_id == column.benchmark_id


def _fill(
    column: LeaderboardColumn, found: list[Candidate], standings: dict[int | str, Standing]
) -> list[list[str]]:
    """The newest run of each model in the recipe that most models have; those left out, with the reason."""
    chosen = _chosen(found)
    column.recipe = str(chosen) if chosen else ""
    others: dict[int | str, Candidate] = {}
    for one in found:
        if chosen is None or not chosen.admits(one.recipe):
            others.setdefault(one.entrant, one)
            continue
        row = standings.setdefault(one.entrant, Standing(one.model_name))
        row.cells.setdefault(column.pk, one)
    return [
        [str(one.run_id), one.model_name, "other-recipe", str(one.recipe)]
        for one in others.values()
        if one.entrant not in standings or column.pk not in standings[one.entrant].cells
    ]


def _chosen(found: Sequence[Candidate]) -> Recipe | None:
    """External models fit in where they can; only among themselves they decide."""
    recipes = {(one.recipe, one.entrant) for one in found if one.recipe.format}
    recipes = recipes or {(one.recipe, one.entrant) for one in found}
    counted = Counter(recipe for recipe, _ in recipes)
    return min(counted, key=lambda recipe: (-counted[recipe], str(recipe))) if counted else None


def _refused(columns: Sequence[LeaderboardColumn]) -> list[list[str]]:
    seen, rows = set(), []
    for column in columns:
        version = catalog.current_version(column.benchmark)
        if version is None or (column.benchmark_id, column.task) in seen:
            continue
        seen.add((column.benchmark_id, column.task))
        found = runs.refused(version, column.task, MOST_REFUSED)
        rows += [[str(one.run_id), one.model_name, one.reason, ""] for one in found]
    return rows


def _score(board: Leaderboard, columns: Sequence[LeaderboardColumn], row: Standing) -> Score | None:
    if board.has_aggregate:
        return aggregate.score(columns, {pk: Score(c.value, c.stderr) for pk, c in row.cells.items()})
    cell = row.cells.get(columns[0].pk)
    return Score(cell.value, cell.stderr) if cell else None


def _places(board: Leaderboard, columns: Sequence[LeaderboardColumn], rows: list[Standing]) -> list[Place]:
    # Equal values stand in the order of their names, so that a refresh changes nothing by itself.
    ranked = sorted(
        (index for index, row in enumerate(rows) if row.score is not None),
        key=lambda index: rows[index].model_name.lower(),
    )
    scores = [score for index in ranked if (score := rows[index].score) is not None]
    if not scores:
        return []
    if board.has_aggregate:
        tests = aggregate.Tests(columns, [_run_ids(rows[index]) for index in ranked], scores)
        places = ranking.rank(scores, higher_is_better=True, against=tests)
    else:
        runs_of = [rows[index].cells[columns[0].pk].run_id for index in ranked]
        paired = PairedTests(columns[0].metric, runs_of, scores)
        places = ranking.rank(scores, higher_is_better=columns[0].higher_is_better, against=paired)
        paired.save()
    return [Place(ranked[place.index], place.position, place.rank, place.p_value) for place in places]


def _run_ids(row: Standing) -> dict[int, UUID]:
    return {pk: cell.run_id for pk, cell in row.cells.items()}


def _progress(column: LeaderboardColumn, found: Sequence[Candidate]) -> list[list[Any]]:
    """Every run that was better than all before it: [moment, value, run]."""
    sign, chosen = 1.0 if column.higher_is_better else -1.0, _chosen(found)
    best, steps = -math.inf, []
    for one in reversed(found):
        if chosen is not None and chosen.admits(one.recipe) and sign * one.value > best:
            best = sign * one.value
            steps.append([one.measured_at.isoformat(), one.value, str(one.run_id)])
    return steps[-MOST_STEPS:]


def _sharpness(
    board: Leaderboard, columns: Sequence[LeaderboardColumn], rows: list[Standing], places: list[Place]
) -> dict[str, Any]:
    """The smallest gap between two models that this board can show, alone and among all its models."""
    if len(places) < 2 or board.has_aggregate:
        return {}
    column = columns[0]
    top = [rows[place.index].cells[column.pk] for place in places[:TOP]]
    kept = KeptScores(column.metric)
    pairs = list(pairwise(top))
    paired = [e for a, b in pairs if (e := kept.difference_error(a.run_id, b.run_id)) is not None and e > 0]
    alone = [math.hypot(a.stderr, b.stderr) for a, b in pairs if a.stderr and b.stderr]
    errors = paired or alone
    if not errors:
        return {}
    samples = min(one.sample_count for one in top)
    deviation = median(errors) * math.sqrt(samples)
    step = kept.step(top[0].run_id)
    comparisons = len(places) - 1
    return {
        "is_paired": bool(paired),
        "smallest_gap": significance.smallest_gap(deviation, samples, step=step),
        "smallest_gap_here": significance.smallest_gap(
            deviation, samples, step=step, comparisons=comparisons
        ),
    }
