"""The weighted mean of a board's columns: each on a scale from what guessing gives (0) to the best value
there can be (100). A model that lacks a column has no mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from uuid import UUID

from evals_app.leaderboards.models import LeaderboardColumn
from evals_app.leaderboards.pairing import KeptScores
from evals_app.metrics import significance
from evals_app.metrics.ranking import Score


def can_be_scaled(ends: Sequence[float] | None) -> bool:
    """Perplexities and bits per byte have no worst value, hence no place on a common scale."""
    return ends is not None and ends[1] > ends[0]


def factor(column: LeaderboardColumn) -> float:
    """Points of the scale for one unit of the metric; negative where lower is better."""
    worst, best = _ends(column)
    return 100 / (best - worst)


def _ends(column: LeaderboardColumn) -> tuple[float, float]:
    assert column.least is not None
    assert column.most is not None
    if not column.higher_is_better:
        return column.most, column.least
    return (column.least if column.chance is None else column.chance), column.most


def score(columns: Sequence[LeaderboardColumn], cells: Mapping[int, Score]) -> Score | None:
    """None where a cell is missing. Columns are independent samples, so their errors add in squares; an
    unknown error makes the mean's unknown."""
    weights = sum(column.weight for column in columns)
    if any(column.pk not in cells for column in columns) or not weights:
        return None
    value, squares, is_known = 0.0, 0.0, True
    for column in columns:
        cell, share = cells[column.pk], column.weight / weights
        value += share * factor(column) * (cell.value - _ends(column)[0])
        squares += (share * factor(column) * (cell.stderr or 0.0)) ** 2
        is_known = is_known and cell.stderr is not None
    return Score(value, math.sqrt(squares) if is_known else None)


class Tests:
    """`ranking.Against` for means: the variance of a difference is the sum over the columns, each on the
    same samples where their scores are kept."""

    def __init__(
        self,
        columns: Sequence[LeaderboardColumn],
        runs: Sequence[Mapping[int, UUID]],
        scores: Sequence[Score],
    ) -> None:
        weights = sum(column.weight for column in columns)
        self.columns, self.runs, self.scores = columns, runs, scores
        self.shares = {column.pk: column.weight / weights * factor(column) for column in columns}
        self.kept = {column.pk: KeptScores(column.metric) for column in columns}

    def __call__(self, leader: int, others: Sequence[int]) -> list[float]:
        return [self._p_value(leader, other) for other in others]

    def _p_value(self, one: int, other: int) -> float:
        first, second = self.scores[one], self.scores[other]
        if first.stderr is None or second.stderr is None:
            return 1.0
        difference = first.value - second.value
        independent = math.hypot(first.stderr, second.stderr)
        if abs(difference) > significance.FAR * math.sqrt(2) * independent > 0:
            return significance.two_sided(difference / independent / math.sqrt(2))
        error = self._error(one, other, independent)
        return significance.two_sided(difference / error) if error else float(difference == 0)

    def _error(self, one: int, other: int, independent: float) -> float:
        """The independent one unless every column can be paired: a mixture would need each cell's own."""
        squares = 0.0
        for column in self.columns:
            runs = self.runs[one][column.pk], self.runs[other][column.pk]
            paired = self.kept[column.pk].difference_error(*runs)
            if paired is None:
                return independent
            squares += (self.shares[column.pk] * paired) ** 2
        return math.sqrt(squares)
