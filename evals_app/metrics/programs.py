"""pass@k: the chance that one of k programs drawn from the model passes the tests of a problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from evals_app.metrics.samples import Sample, Summary, mean


def pass_at(k: int) -> Callable[[Sequence[Sample], str | None], Summary]:
    def summarize(samples: Sequence[Sample], _language: str | None) -> Summary:
        drawn = max(len(sample.passed) for sample in samples)
        values = [estimate(len(sample.passed), sum(sample.passed), k) for sample in samples]
        return mean(values, f"pass@{k}|n:{drawn}|estimator:unbiased")

    return summarize


def estimate(drawn: int, right: int, k: int) -> float:
    """The unbiased estimator of Chen et al. (2021), 1 − C(n−c, k) / C(n, k), as a product that cannot
    overflow. ValueError for fewer programs than k."""
    if drawn < k:
        raise ValueError(f"pass@{k} needs at least {k} programs a problem; there are {drawn}.")
    if drawn - right < k:
        return 1.0
    return 1.0 - prod(1.0 - k / number for number in range(drawn - right + 1, drawn + 1))
