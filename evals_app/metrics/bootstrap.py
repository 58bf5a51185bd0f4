"""Uncertainty by resampling: standard errors, intervals, and paired comparison of two systems.

Every metric here is a function of sums over samples: each sample contributes a row of statistics
(for BLEU the n-gram counts, for a mean the value and a one). A bootstrap draw is then a vector of
how often each sample was taken, and a block of draws one matrix product (Efron 1979; Koehn 2004 for
the paired test on translations).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from evals_app.metrics.formulas import OfSums, Statistics

# Counts of one block of draws stay below 16 MB.
_BLOCK_CELLS = 4_000_000
# Where samples fall into few kinds (right or wrong), kinds are drawn instead of samples: the same
# distribution in a thousandth of the time.
_MOST_KINDS = 64
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """System A against system B on the same samples. `p_value` is two-sided: how often resampling
    turns the sign of the difference around, doubled and at most 1."""

    difference: float
    interval: Interval
    p_value: float


def draws(rows: Statistics, of_sums: OfSums, *, count: int, seed: int) -> NDArray[np.float64]:
    """The metric on `count` resamples of the rows; the same rows and seed give the same draws."""
    blocks = [of_sums(sums) for sums in _sums(rows, count=count, seed=seed)]
    return np.concatenate(blocks) if blocks else np.empty(0)


def _sums(rows: Statistics, *, count: int, seed: int) -> Iterator[Statistics]:
    """Sums of the rows of each resample, a block of resamples at a time."""
    generator = np.random.default_rng(seed)
    kinds, sizes = _kinds(rows)
    if kinds is not None:
        shares = sizes / len(rows)
        yield generator.multinomial(len(rows), shares, size=count).astype(np.float64) @ kinds
        return
    # What is summed in single precision is the distance from the mean, so that no digits are lost.
    centre = rows.mean(axis=0)
    centred = (rows - centre).astype(np.float32)
    block = max(1, _BLOCK_CELLS // len(rows))
    for start in range(0, count, block):
        times = _times_taken(generator, min(block, count - start), len(rows))
        yield (times @ centred).astype(np.float64) + len(rows) * centre


def _kinds(rows: Statistics) -> tuple[Statistics | None, NDArray[np.int64]]:
    """Different rows and how often each occurs; None when there are many."""
    nothing = np.empty(0, dtype=np.int64)
    if len(np.unique(rows[:1000], axis=0)) > _MOST_KINDS:
        return None, nothing
    kinds, sizes = np.unique(rows, axis=0, return_counts=True)
    return (kinds, sizes) if len(kinds) <= _MOST_KINDS else (None, nothing)


def _times_taken(generator: np.random.Generator, draws: int, number: int) -> NDArray[np.float32]:
    """Counting drawn indices is five times as fast as numpy's multinomial for this many categories."""
    times = np.empty((draws, number), dtype=np.float32)
    for row, taken in zip(times, generator.integers(0, number, size=(draws, number)), strict=True):
        row[:] = np.bincount(taken, minlength=number)
    return times


def standard_error(rows: Statistics, of_sums: OfSums, *, count: int, seed: int) -> float | None:
    """Standard deviation of the bootstrap draws; None for fewer than two samples or draws."""
    if len(rows) < 2 or count < 2:
        return None
    return float(np.std(draws(rows, of_sums, count=count, seed=seed), ddof=1))


def interval(rows: Statistics, of_sums: OfSums, *, count: int, seed: int, level: float = 0.95) -> Interval:
    """The percentile interval."""
    return _percentiles(draws(rows, of_sums, count=count, seed=seed), level)


def bca_interval(
    rows: Statistics, of_sums: OfSums, *, count: int, seed: int, level: float = 0.95
) -> Interval:
    """Bias-corrected and accelerated (Efron 1987): right also where the draws are skewed, as near the end
    of a scale. The percentile interval where the correction is not defined (draws all on one side)."""
    drawn = draws(rows, of_sums, count=count, seed=seed)
    value = float(of_sums(rows.sum(axis=0)))
    below = float(np.mean(drawn < value) + np.mean(drawn == value) / 2)
    if not 0 < below < 1:
        return _percentiles(drawn, level)
    bias = _NORMAL.inv_cdf(below)
    skew = _acceleration(influence(rows, of_sums))
    ends = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        z = bias + _NORMAL.inv_cdf(tail)
        ends.append(100 * _NORMAL.cdf(bias + z / (1 - skew * z)))
    low, high = np.percentile(drawn, ends)
    return Interval(float(low), float(high))


def influence(rows: Statistics, of_sums: OfSums) -> NDArray[np.float64]:
    """How far each sample moves the metric, by leaving it out (Tukey's jackknife). For a mean these are
    the values around it; their variance over the number of samples is the metric's squared error."""
    sums = rows.sum(axis=0)
    left_out = of_sums(sums - rows)
    return np.asarray((len(rows) - 1) * (left_out.mean() - left_out))


def _acceleration(moved: NDArray[np.float64]) -> float:
    squares = float(np.sum(moved**2))
    return float(np.sum(moved**3)) / (6 * squares**1.5) if squares > 0 else 0.0


def compare(
    rows_a: Statistics, rows_b: Statistics, of_sums: OfSums, *, count: int, seed: int, level: float = 0.95
) -> PairedComparison:
    """Resample both systems alike. Raises ValueError when they were not measured on as many samples."""
    check_pair(rows_a, rows_b)
    difference = float(of_sums(rows_a.sum(axis=0)) - of_sums(rows_b.sum(axis=0)))
    drawn = difference_draws(rows_a, rows_b, of_sums, count=count, seed=seed)
    against = np.mean(drawn <= 0) if difference > 0 else np.mean(drawn >= 0)
    return PairedComparison(difference, _percentiles(drawn, level), min(1.0, 2 * float(against)))


def difference_draws(
    rows_a: Statistics, rows_b: Statistics, of_sums: OfSums, *, count: int, seed: int
) -> NDArray[np.float64]:
    """The difference of the metric on resamples that take the same samples of both."""
    width = rows_a.shape[1]
    return draws(
        np.hstack([rows_a, rows_b]),
        lambda sums: of_sums(sums[..., :width]) - of_sums(sums[..., width:]),
        count=count,
        seed=seed,
    )


def check_pair(rows_a: Statistics, rows_b: Statistics) -> None:
    if rows_a.shape != rows_b.shape:
        raise ValueError(f"{len(rows_a)} samples cannot be paired with {len(rows_b)}.")


def mean_standard_error(values: NDArray[np.float64]) -> float | None:
    """Standard error of a mean: the sample's standard deviation over the root of its size."""
    if len(values) < 2:
        return None
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def _percentiles(values: NDArray[np.float64], level: float) -> Interval:
    tail = (1 - level) / 2 * 100
    low, high = np.percentile(values, [tail, 100 - tail])
    return Interval(float(low), float(high))
