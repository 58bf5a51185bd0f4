"""Uncertainty by resampling: standard errors, intervals, and paired comparison of two systems.

Every metric here is a function of sums over samples: each sample contributes a row of statistics
(for BLEU the n-gram counts, for a mean the value and a one). A bootstrap draw is then a vector of
how often each sample was taken, and a block of draws one matrix product (Efron 1979; Koehn 2004 for
the paired test on translations).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Statistics = NDArray[np.float64]
OfSums = Callable[[Statistics], float]

# Counts of one block of draws stay below 32 MB.
_BLOCK_CELLS = 4_000_000


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
    """The metric on `count` resamples of the rows; the same seed and number of rows give the same
    resamples, so that two systems measured on the same samples can be paired."""
    values = [of_sums(sums) for block in _sums(rows, count=count, seed=seed) for sums in block]
    return np.asarray(values, dtype=np.float64)


def _sums(rows: Statistics, *, count: int, seed: int) -> Iterator[Statistics]:
    number = len(rows)
    generator = np.random.default_rng(seed)
    shares = np.full(number, 1.0 / number)
    block = max(1, _BLOCK_CELLS // number)
    for start in range(0, count, block):
        times_taken = generator.multinomial(number, shares, size=min(block, count - start))
        yield times_taken.astype(np.float64) @ rows


def standard_error(rows: Statistics, of_sums: OfSums, *, count: int, seed: int) -> float | None:
    """Standard deviation of the bootstrap draws; None for fewer than two samples or draws."""
    if len(rows) < 2 or count < 2:
        return None
    return float(np.std(draws(rows, of_sums, count=count, seed=seed), ddof=1))


def interval(rows: Statistics, of_sums: OfSums, *, count: int, seed: int, level: float = 0.95) -> Interval:
    """The percentile interval."""
    return _percentiles(draws(rows, of_sums, count=count, seed=seed), level)


def compare(
    rows_a: Statistics, rows_b: Statistics, of_sums: OfSums, *, count: int, seed: int, level: float = 0.95
) -> PairedComparison:
    """Resample both systems alike. Raises ValueError when they were not measured on as many samples."""
    if len(rows_a) != len(rows_b):
        raise ValueError(f"{len(rows_a)} samples cannot be paired with {len(rows_b)}.")
    difference = of_sums(rows_a.sum(axis=0)) - of_sums(rows_b.sum(axis=0))
    drawn = draws(rows_a, of_sums, count=count, seed=seed) - draws(rows_b, of_sums, count=count, seed=seed)
    against = np.mean(drawn <= 0) if difference > 0 else np.mean(drawn >= 0)
    return PairedComparison(difference, _percentiles(drawn, level), min(1.0, 2 * float(against)))


def mean_standard_error(values: NDArray[np.float64]) -> float | None:
    """Standard error of a mean: the sample's standard deviation over the root of its size."""
    if len(values) < 2:
        return None
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def _percentiles(values: NDArray[np.float64], level: float) -> Interval:
    tail = (1 - level) / 2 * 100
    low, high = np.percentile(values, [tail, 100 - tail])
    return Interval(float(low), float(high))
