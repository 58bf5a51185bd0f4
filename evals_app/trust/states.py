"""When a score counts as reproduced, and when two measurements contradict each other. Pure.

A measurement is repeated by others when neither the people nor, on a lent machine, the lender have to do
with those of the first one. Two of them agree when every metric lies within its tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals_app.metrics.ranking import Z_95
from evals_app.runs.models import ScoreState

# Other hardware rounds differently, and a few answers flip: half a percent of the metric's range, or one
# sample, at most two percent.
LEAST_SHARE, MOST_SHARE = 0.005, 0.02
# Settings that decide how fast and how sure, and not what is answered.
NOT_COMPARED = frozenset({"batch_size", "device", "bootstrap"})


@dataclass(frozen=True, slots=True)
class Metric:
    """`width` is that of its range; None where one end is open."""

    name: str
    width: float | None


@dataclass(frozen=True, slots=True)
class Measurement:
    """Values with their standard errors. `places` are the namespaces that its submitter belongs to, `lender`
    the one that lent the machine. `is_sampled` where answers were drawn at random."""

    owner: int
    places: frozenset[int]
    lender: int | None
    values: Mapping[str, tuple[float, float | None]]
    samples: int
    is_sampled: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    metric: str
    value: float
    other: float
    tolerance: float


def settings_compared(settings: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in settings.items() if name not in NOT_COMPARED}


def independent(one: Measurement, other: Measurement) -> bool:
    """Nobody reproduces their own numbers: not with a second account of theirs in the same organization,
    and not on a machine that both runs used."""
    return _by_others(one, other) or _on_others(one, other) or _on_others(other, one)


def _by_others(one: Measurement, other: Measurement) -> bool:
    return one.owner not in {other.owner, *other.places} and other.owner not in one.places


def _on_others(one: Measurement, other: Measurement) -> bool:
    """Whether the machine of `other` is lent by somebody who has nothing to do with `one`."""
    return other.lender is not None and other.lender not in {one.owner, one.lender, *one.places}


def gaps(one: Measurement, other: Measurement, metrics: Sequence[Metric]) -> list[Gap]:
    """The metrics in which they contradict each other."""
    found = []
    for metric in metrics:
        if metric.name in one.values and metric.name in other.values:
            (value, error), (again, other_error) = one.values[metric.name], other.values[metric.name]
            allowed = tolerance(metric, value, again, min(one.samples, other.samples))
            if one.is_sampled:
                allowed = max(allowed, Z_95 * math.hypot(error or 0.0, other_error or 0.0))
            if abs(value - again) > allowed:
                found.append(Gap(metric.name, value, again, allowed))
    return found


def tolerance(metric: Metric, value: float, other: float, samples: int) -> float:
    """Of a metric without a range the share is one of the larger value."""
    share = min(MOST_SHARE, max(LEAST_SHARE, 1 / samples))
    return share * (metric.width if metric.width is not None else max(abs(value), abs(other)))


def state(*, is_doubted: bool, is_repeated: bool) -> ScoreState:
    """A doubt outweighs a repetition until somebody dismisses it."""
    if is_doubted:
        return ScoreState.DISPUTED
    return ScoreState.REPRODUCED if is_repeated else ScoreState.MEASURED
