"""Whether two models differ on the same samples, what many comparisons do to that, and how small a gap
a benchmark can show. Pure numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from evals_app.metrics import bootstrap
from evals_app.metrics.bootstrap import Interval
from evals_app.metrics.formulas import OfSums, Statistics

# Two models are told apart when equal ones would look as different in fewer than 3 of 100 benchmarks. The
# promise is that equal models share a rank 95 times of 100 on every metric. Exchanging answers is exact for
# systems that differ by chance alone; equal scores of unlike systems (other lengths, another spread) are not
# exchangeable and rejected somewhat too often on few samples, and the margin takes that up.
LEVEL = 0.03
# A gap is promised to be found 80 times of 100; it is computed for 84, since the deviation it is computed
# from is an estimate and the tests of few samples have wider tails than the normal distribution.
POWER, POWER_AIMED_AT = 0.8, 0.84
COUNT = 10_000
SEED = 0
# Below this number of samples the normal tail is not trusted, and every test resamples.
FEW = 200
# Between these, in standard errors, resampling decides; outside it could not change the verdict.
NEAR, FAR = 1.0, 5.0
# A share of resamples made of fewer than these hits is too coarse for many comparisons.
FEW_HITS = 10
_BLOCK_CELLS = 4_000_000
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Paired:
    """A against B on the same samples: `difference` is A minus B, `interval` its 95 % interval, `p_value`
    two-sided and uncorrected, `method` how it was found (`mcnemar`, `randomization`, `normal`)."""

    difference: float
    interval: Interval
    p_value: float
    method: str
    samples: int


def compare(rows_a: Statistics, rows_b: Statistics, of_sums: OfSums, *, count: int = COUNT) -> Paired:
    """Raises ValueError when they were not measured on as many samples. About a second for 10,000
    samples; the same rows give the same answer."""
    p_value, method = find_p_value(rows_a, rows_b, of_sums, count=count)
    paired = bootstrap.compare(rows_a, rows_b, of_sums, count=count, seed=SEED)
    return Paired(paired.difference, paired.interval, p_value, method, len(rows_a))


def find_p_value(
    rows_a: Statistics, rows_b: Statistics, of_sums: OfSums, *, count: int = COUNT
) -> tuple[float, str]:
    """The two-sided p-value and the test it is of: exact for right-or-wrong scores, approximate
    randomization (Noreen 1989) for the rest, the normal tail far from where the verdict turns."""
    bootstrap.check_pair(rows_a, rows_b)
    if np.array_equal(rows_a, rows_b):
        return 1.0, "mcnemar"
    if (signs := _signs(rows_a, rows_b)) is not None:
        return mcnemar(*signs), "mcnemar"
    z = _standardized(rows_a, rows_b, of_sums)
    tail = two_sided(z)
    if len(rows_a) > FEW and not NEAR <= abs(z) <= FAR:
        return tail, "normal"
    hits = _hits(rows_a, rows_b, of_sums, count)
    share = (hits + 1) / (count + 1)
    if hits < FEW_HITS and len(rows_a) > FEW:
        return min(share, tail), "randomization"
    return share, "randomization"


def mcnemar(only_a: int, only_b: int) -> float:
    """Exact two-sided sign test on the samples that only one of both got right (McNemar 1947)."""
    number, fewer = only_a + only_b, min(only_a, only_b)
    if number == 0:
        return 1.0
    logs = np.array([math.lgamma(number + 1) - math.lgamma(k + 1) - math.lgamma(number - k + 1)
                     for k in range(fewer + 1)])  # fmt: skip
    return min(1.0, 2 * float(np.sum(np.exp(logs - number * math.log(2)))))


def _signs(rows_a: Statistics, rows_b: Statistics) -> tuple[int, int] | None:
    """How often A and how often B is ahead, where every difference is nothing or one and the same step;
    None for other scores. For such scores the sign test is the exact permutation test."""
    if rows_a.shape[1] != 2 or not np.array_equal(rows_a[:, 1], rows_b[:, 1]):
        return None
    differences = rows_a[:, 0] - rows_b[:, 0]
    steps = np.unique(np.abs(differences))
    if len(steps[steps > 0]) != 1 or not np.all(rows_a[:, 1] == 1):
        return None
    return int(np.sum(differences > 0)), int(np.sum(differences < 0))


def _standardized(rows_a: Statistics, rows_b: Statistics, of_sums: OfSums) -> float:
    """The difference in its standard errors, by the jackknife."""
    difference = float(of_sums(rows_a.sum(axis=0)) - of_sums(rows_b.sum(axis=0)))
    error = difference_error(bootstrap.influence(rows_a, of_sums), bootstrap.influence(rows_b, of_sums))
    if difference == 0:
        return 0.0
    return difference / error if error > 0 else math.copysign(math.inf, difference)


def difference_error(influence_a: NDArray[np.float64], influence_b: NDArray[np.float64]) -> float:
    """Standard error of a difference on the same samples."""
    return bootstrap.mean_standard_error(influence_a - influence_b) or 0.0


def _hits(rows_a: Statistics, rows_b: Statistics, of_sums: OfSums, count: int) -> int:
    """How often a random exchange of the two models' answers gives a difference at least as large."""
    total, apart = rows_a.sum(axis=0) + rows_b.sum(axis=0), rows_a - rows_b
    observed = abs(float(of_sums(rows_a.sum(axis=0)) - of_sums(rows_b.sum(axis=0))))
    moved = apart.sum(axis=0)
    generator = np.random.default_rng(SEED)
    single = apart.astype(np.float32)
    hits, block = 0, max(1, _BLOCK_CELLS // len(apart))
    for start in range(0, count, block):
        size = min(block, count - start)
        kept = _coins(generator, size, len(apart)) @ single
        signed = 2 * kept.astype(np.float64) - moved
        difference = of_sums((total + signed) / 2) - of_sums((total - signed) / 2)
        # Equal differences must count as equal in spite of rounding.
        hits += int(np.sum(np.abs(difference) >= observed * (1 - 1e-5)))
    return hits


def _coins(generator: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
    width = -(-columns // 8)
    thrown = np.frombuffer(generator.bytes(rows * width), dtype=np.uint8).reshape(rows, width)
    return np.unpackbits(thrown, axis=1, count=columns).astype(np.float32)


def two_sided(z: float) -> float:
    """Probability that a standard normal number lies at least this far from zero."""
    return math.erfc(abs(z) / math.sqrt(2))


def holm(p_values: Sequence[float]) -> list[float]:
    """Corrected for as many comparisons as there are (Holm 1979): each is to be held against the level
    itself, and the chance of one false difference among all of them stays below it."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    corrected, highest = [1.0] * len(p_values), 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = highest
    return corrected


def smallest_gap(deviation: float, samples: int, *, comparisons: int = 1, step: float = 0.0) -> float:
    """The difference that is found with probability POWER: `deviation` is that of one sample's
    difference, `step` the least by which a sample's score changes (0 for continuous scores). Corrected
    for `comparisons` at Holm's hardest step."""
    reach = _NORMAL.inv_cdf(1 - LEVEL / (2 * comparisons)) + _NORMAL.inv_cdf(POWER_AIMED_AT)
    # The exact test moves in steps of one sample and keeps below its level: one step each way.
    return reach * deviation / math.sqrt(samples) + 2 * step / samples
