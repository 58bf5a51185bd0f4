"""Ranks that do not pretend: what noise does not separate shares a place. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Two-sided 95 % of the normal distribution.
Z_95 = 1.96


@dataclass(frozen=True, slots=True)
class Score:
    """`stderr` is None where no standard error is defined; it counts as none."""

    value: float
    stderr: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """`index` points into what was ranked; `position` counts 1, 2, 3 …; `rank` is the group leader's."""

    index: int
    position: int
    rank: int


def rank(scores: Sequence[Score], *, higher_is_better: bool) -> list[Place]:
    """Best first. A group begins with a leader; whoever differs from the leader by no more than
    z · √(se₁² + se₂²) belongs to it (independent samples, normal approximation). The comparison is
    with the leader, not with the neighbour: else a chain of small steps would join best and worst.
    Equal values keep the order given.
    """
    sign = -1.0 if higher_is_better else 1.0
    order = sorted(range(len(scores)), key=lambda index: sign * scores[index].value)
    places: list[Place] = []
    leader = -1
    for position, index in enumerate(order, start=1):
        if leader < 0 or differ(scores[order[leader]], scores[index]):
            leader = position - 1
        places.append(Place(index, position, leader + 1))
    return places


def differ(first: Score, second: Score) -> bool:
    """Whether the difference is larger than noise explains at 95 %."""
    noise = math.hypot(first.stderr or 0.0, second.stderr or 0.0)
    return abs(first.value - second.value) > Z_95 * noise


def interval(score: Score) -> tuple[float, float] | None:
    """The 95 % interval of one value; None without a standard error."""
    if score.stderr is None:
        return None
    return score.value - Z_95 * score.stderr, score.value + Z_95 * score.stderr
