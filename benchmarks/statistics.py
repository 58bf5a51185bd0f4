"""A paired bootstrap of 10,000 samples with 10,000 draws, against the loop one writes first.

`python -m benchmarks.statistics [--samples N] [--draws N]`. The loop draws indices with numpy and sums
the taken rows, one draw at a time; both run here, one after the other, so the ratio holds on any machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from evals_app.metrics import bootstrap, formulas, significance
from evals_app.metrics.formulas import OfSums, Statistics


def means(generator: np.random.Generator, number: int) -> Statistics:
    return np.column_stack([generator.normal(size=number), np.ones(number)])


def right_or_wrong(generator: np.random.Generator, number: int) -> Statistics:
    return np.column_stack([generator.random(number) < 0.5, np.ones(number)]).astype(float)


def translations(generator: np.random.Generator, number: int) -> Statistics:
    words = generator.integers(8, 30, size=number).astype(float)
    totals = np.maximum(0, words[:, None] - np.arange(4))
    return np.hstack([words[:, None], words[:, None], generator.binomial(totals.astype(int), 0.5), totals])


def loop(rows_a: Statistics, rows_b: Statistics, of_sums: OfSums, draws: int) -> None:
    generator = np.random.default_rng(0)
    for _ in range(draws):
        taken = generator.integers(0, len(rows_a), size=len(rows_a))
        of_sums(rows_a[taken].sum(axis=0)) - of_sums(rows_b[taken].sum(axis=0))


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--draws", type=int, default=10_000)
    given = parser.parse_args()
    generator = np.random.default_rng(0)
    print(f"{given.samples} samples, {given.draws} draws   bootstrap s   test s   plain loop s   ratio")
    for name, make, formula in (
        ("continuous scores", means, formulas.mean),
        ("right or wrong", right_or_wrong, formulas.mean),
        ("BLEU", translations, formulas.bleu),
    ):
        a, b = make(generator, given.samples), make(generator, given.samples)
        ours = seconds(lambda: bootstrap.compare(a, b, formula, count=given.draws, seed=0))  # noqa: B023
        tested = seconds(lambda: significance.find_p_value(a, b, formula, count=given.draws))  # noqa: B023
        # A tenth of the draws, ten times counted: the loop has no start to speak of.
        plain = 10 * seconds(lambda: loop(a, b, formula, given.draws // 10))  # noqa: B023
        print(f"{name:30}{ours:12.2f}{tested:10.2f}{plain:14.2f}{plain / ours:9.1f}", flush=True)


if __name__ == "__main__":
    main()
