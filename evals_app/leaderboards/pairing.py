"""p-values between runs of a board: on the same samples where their scores are kept, else from the
standard errors. What was computed once is kept, since runs never change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db.models import Q

from evals_app.leaderboards.models import PairedScore
from evals_app.metrics import bootstrap, formulas, ranking, significance
from evals_app.metrics.formulas import Statistics
from evals_app.metrics.ranking import Score
from evals_app.runs import samples
from evals_app.runs.models import SampleScores

# Rows of this many runs are held in memory at once.
HELD = 128
# A refresh resamples this many new pairs; the rest waits, judged by the normal tail, for the next one.
MOST_NEW = 500


@dataclass(frozen=True, slots=True)
class Kept:
    rows: Statistics
    order: str


class KeptScores:
    """The per-sample scores of runs for one metric, loaded when asked for and held for a while."""

    def __init__(self, metric: str) -> None:
        self.metric, self.of_sums = metric, formulas.formula(metric)
        self._held: dict[UUID, Kept | None] = {}

    def load(self, runs: Iterable[UUID]) -> None:
        wanted = [run for run in runs if run not in self._held]
        if len(self._held) + len(wanted) > HELD:
            self._held.clear()
        self._held |= dict.fromkeys(wanted)
        for row in SampleScores.objects.filter(run_id__in=wanted, metric=self.metric):
            self._held[row.run_id] = Kept(samples.rows_of(row), row.order)

    def pair(self, first: UUID, second: UUID) -> tuple[Statistics, Statistics] | None:
        """None unless both answered the same questions."""
        self.load([first, second])
        one, other = self._held.get(first), self._held.get(second)
        if one is None or other is None or one.order != other.order or one.rows.shape != other.rows.shape:
            return None
        return one.rows, other.rows

    def difference_error(self, first: UUID, second: UUID) -> float | None:
        """The standard error of the difference of two runs on the same samples."""
        pair = self.pair(first, second)
        if pair is None:
            return None
        one, other = (bootstrap.influence(rows, self.of_sums) for rows in pair)
        return significance.difference_error(one, other)

    def step(self, run: UUID) -> float:
        """By how much a score changes at least where each sample is right or wrong; else 0."""
        self.load([run])
        kept = self._held.get(run)
        values = np.unique(kept.rows[:, 0]) if kept is not None and kept.rows.shape[1] == 2 else np.empty(0)
        return float(values[1] - values[0]) if len(values) == 2 else 0.0


class PairedTests:
    """`ranking.Against` for the runs of one column."""

    def __init__(self, metric: str, runs: Sequence[UUID], scores: Sequence[Score]) -> None:
        self.kept, self.runs, self.scores = KeptScores(metric), runs, scores
        self._measured = set(
            SampleScores.objects.filter(metric=metric, run_id__in=runs).values_list("run_id", flat=True)
            if len(runs) <= HELD
            else SampleScores.objects.filter(metric=metric).values_list("run_id", flat=True)
        )
        self._new: list[PairedScore] = []

    def __call__(self, leader: int, others: Sequence[int]) -> list[float]:
        near = [index for index in others if not self._is_far(leader, index)]
        known = self._known(leader) if near and self.runs[leader] in self._measured else {}
        return [self._p_value(leader, index, known) for index in others]

    def _is_far(self, one: int, other: int) -> bool:
        """Even the worst pairing, of opposite answers, at most doubles the variance."""
        return self._independent_z(one, other) > significance.FAR * math.sqrt(2)

    def _independent_z(self, one: int, other: int) -> float:
        first, second = self.scores[one], self.scores[other]
        noise = math.hypot(first.stderr or 0.0, second.stderr or 0.0)
        return abs(first.value - second.value) / noise if noise else 0.0

    def _known(self, leader: int) -> dict[UUID, float]:
        run = self.runs[leader]
        rows = PairedScore.objects.filter(Q(first=run) | Q(second=run), metric=self.kept.metric)
        return {row.second_id if row.first_id == run else row.first_id: row.p_value for row in rows}

    def _p_value(self, one: int, other: int, known: dict[UUID, float]) -> float:
        first, second = self.runs[one], self.runs[other]
        if second in known:
            return known[second]
        if self._is_far(one, other):
            return significance.two_sided(self._independent_z(one, other) / math.sqrt(2))
        pair = self.kept.pair(first, second) if {first, second} <= self._measured else None
        if pair is None:
            return ranking.p_value(self.scores[one], self.scores[other])
        return self._tested(first, second, pair)

    def _tested(self, first: UUID, second: UUID, pair: tuple[Statistics, Statistics]) -> float:
        if len(self._new) >= MOST_NEW:
            error = self.kept.difference_error(first, second) or 0.0
            difference = abs(float(self.kept.of_sums(pair[0].sum(0)) - self.kept.of_sums(pair[1].sum(0))))
            return significance.two_sided(difference / error) if error else 1.0
        self._new.append(compared(first, second, self.kept, pair, with_interval=False))
        return self._new[-1].p_value

    def save(self) -> None:
        PairedScore.objects.bulk_create(self._new, ignore_conflicts=True)


def compared(
    first: UUID,
    second: UUID,
    kept: KeptScores,
    pair: tuple[Statistics, Statistics],
    *,
    with_interval: bool,
) -> PairedScore:
    """An unsaved row, its runs in the order that the table wants."""
    if second < first:
        first, second, pair = second, first, (pair[1], pair[0])
    difference = float(kept.of_sums(pair[0].sum(axis=0)) - kept.of_sums(pair[1].sum(axis=0)))
    p_value, method = significance.find_p_value(*pair, kept.of_sums)
    row = PairedScore(
        first_id=first,
        second_id=second,
        metric=kept.metric,
        difference=difference,
        p_value=p_value,
        method=method,
    )
    if with_interval:
        found = bootstrap.compare(*pair, kept.of_sums, count=significance.COUNT, seed=significance.SEED)
        row.low, row.high = found.interval.low, found.interval.high
    return row
