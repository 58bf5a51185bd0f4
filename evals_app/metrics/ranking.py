"""Ranks that do not pretend: what noise does not separate shares a place. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evals_app.metrics import significance
from evals_app.metrics.significance import LEVEL

# Two-sided 95 % of the normal distribution.
Z_95 = 1.96


@dataclass(frozen=True, slots=True)
class Score:
    """`stderr` is None where no standard error is known; such a score is told apart from none."""

    value: float
    stderr: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """`index` points into what was ranked; `position` counts 1, 2, 3 …; `rank` is the group leader's.
    `p_value` is the corrected one against that leader, 1 for the leader itself."""

    index: int
    position: int
    rank: int
    p_value: float = 1.0


# The p-values of one score (by its index) against others, in their order.
Against = Callable[[int, Sequence[int]], Sequence[float]]


def rank(scores: Sequence[Score], *, higher_is_better: bool, against: Against | None = None) -> list[Place]:
    """Best first. A group begins with a leader, which is tested against every score below it, corrected
    by Holm; the group ends before the first that is significantly worse, which leads the next. The
    comparison is with the leader, not with the neighbour: else a chain of small steps would join best
    and worst. Equal values keep the order given and always share a rank.
    """
    test = against or independent(scores)
    sign = -1.0 if higher_is_better else 1.0
    order = sorted(range(len(scores)), key=lambda index: sign * scores[index].value)
    places: list[Place] = []
    while len(places) < len(order):
        places += _group(order, len(places), scores, test)
    return places


def _group(order: Sequence[int], start: int, scores: Sequence[Score], test: Against) -> list[Place]:
    leader, below = order[start], order[start + 1 :]
    corrected = significance.holm(list(test(leader, below))) if below else []
    group = [Place(leader, start + 1, start + 1)]
    for index, p_value in zip(below, corrected, strict=True):
        if p_value < LEVEL and scores[index].value != scores[leader].value:
            break
        group.append(Place(index, start + len(group) + 1, start + 1, p_value))
    return group


def independent(scores: Sequence[Score]) -> Against:
    """For scores whose samples are not known: as if each had been measured on samples of its own."""

    def against(leader: int, others: Sequence[int]) -> list[float]:
        return [p_value(scores[leader], scores[other]) for other in others]

    return against


def p_value(first: Score, second: Score) -> float:
    """Two-sided, by the normal approximation; 1 where an error is not known."""
    if first.stderr is None or second.stderr is None or first.value == second.value:
        return 1.0
    noise = math.hypot(first.stderr, second.stderr)
    return significance.two_sided((first.value - second.value) / noise) if noise else 0.0


def interval(score: Score) -> tuple[float, float] | None:
    """The 95 % interval of one value; None without a standard error."""
    if score.stderr is None:
        return None
    return score.value - Z_95 * score.stderr, score.value + Z_95 * score.stderr
