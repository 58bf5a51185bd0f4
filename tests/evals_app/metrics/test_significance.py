"""Whether models differ, and how often that is said wrongly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evals_app.metrics import bootstrap, formulas, significance
from evals_app.metrics.formulas import Statistics


def rows_of(values: np.ndarray) -> Statistics:
    return np.column_stack([values, np.ones(len(values))]).astype(np.float64)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (3, 9), (40, 25), (900, 1000)])
def test_its_mcnemar_is_the_published_exact_test(only_a: int, only_b: int) -> None:
    number = only_a + only_b
    expected = stats.binomtest(only_a, number).pvalue if number else 1.0
    assert significance.mcnemar(only_a, only_b) == pytest.approx(expected)


def test_right_or_wrong_scores_take_the_exact_test(generator: np.random.Generator) -> None:
    right = generator.random((2, 500)) < 0.5
    p_value, method = significance.find_p_value(rows_of(right[0]), rows_of(right[1]), formulas.mean)
    only_a, only_b = int(np.sum(right[0] & ~right[1])), int(np.sum(~right[0] & right[1]))
    assert (p_value, method) == (significance.mcnemar(only_a, only_b), "mcnemar")


def test_its_randomization_agrees_with_the_published_permutation_test(
    generator: np.random.Generator,
) -> None:
    a = generator.normal(size=150)
    b = a + generator.normal(0.1, 0.7, size=150)
    expected = stats.permutation_test(
        (a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples",
        n_resamples=10_000, rng=3, vectorized=True,
    ).pvalue  # fmt: skip
    p_value, method = significance.find_p_value(rows_of(a), rows_of(b), formulas.mean)
    assert method == "randomization"
    assert p_value == pytest.approx(expected, abs=0.02)


def test_its_interval_agrees_with_the_published_bca(generator: np.random.Generator) -> None:
    values = generator.exponential(size=80)
    low, high = stats.bootstrap((values,), np.mean, n_resamples=10_000, rng=1).confidence_interval
    found = bootstrap.bca_interval(rows_of(values), formulas.mean, count=10_000, seed=0)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.02)


def test_its_correction_is_holm_s() -> None:
    assert significance.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert significance.holm([]) == []


def test_equal_answers_are_a_tie() -> None:
    rows = rows_of(np.linspace(0, 1, 30))
    assert significance.find_p_value(rows, rows, formulas.mean)[0] == 1.0


def test_a_corpus_metric_is_tested_by_exchanging_answers(generator: np.random.Generator) -> None:
    """BLEU of a system that has a third fewer matches, sample by sample, and of an equal one."""
    totals = np.tile([9.0, 8, 7, 6], (120, 1))
    lengths = np.full((120, 2), 9.0)

    def system(skill: float) -> Statistics:
        return np.hstack([lengths, generator.binomial(totals.astype(int), skill), totals])

    good, weak, equal = system(0.6), system(0.4), system(0.6)
    assert significance.find_p_value(good, weak, formulas.bleu)[0] < 0.001
    assert significance.find_p_value(good, equal, formulas.bleu)[0] > 0.05
    error = significance.difference_error(
        bootstrap.influence(good, formulas.bleu), bootstrap.influence(equal, formulas.bleu)
    )
    drawn = bootstrap.difference_draws(good, equal, formulas.bleu, count=2000, seed=1)
    assert error == pytest.approx(drawn.std(), rel=0.08)


def test_pairs_need_the_same_samples() -> None:
    with pytest.raises(ValueError, match="cannot be paired"):
        significance.find_p_value(rows_of(np.ones(3)), rows_of(np.ones(2)), formulas.mean)


def is_separated(a: np.ndarray, b: np.ndarray) -> bool:
    return significance.find_p_value(rows_of(a), rows_of(b), formulas.mean)[0] < significance.LEVEL


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["right or wrong", "continuous", "skewed"])
@pytest.mark.parametrize("samples", [50, 300])
def test_equal_models_share_a_rank_and_a_gap_of_the_stated_power_is_found(kind: str, samples: int) -> None:
    """1,000 pairs of equal skill; then 1,000 pairs that lie the stated gap apart."""
    generator = np.random.default_rng(2024)
    make = SIMULATED[kind]
    equal = sum(not is_separated(*make(generator, samples, 0.0)) for _ in range(1000))
    assert equal >= 950, f"{equal} of 1000 equal pairs share a rank"
    many_a, many_b = make(generator, 200_000, 0.0)
    step = 1.0 if kind == "right or wrong" else 0.0
    gap = significance.smallest_gap(float(np.std(many_a - many_b)), samples, step=step)
    found = sum(is_separated(*make(generator, samples, gap)) for _ in range(1000))
    assert found >= 800, f"{found} of 1000 gaps of {gap:.3f} are found"


def right_or_wrong(generator: np.random.Generator, samples: int, gap: float) -> tuple[np.ndarray, np.ndarray]:
    """Items of different difficulty, which both models share."""
    difficulty = generator.uniform(0.3, 0.7 - gap, size=samples) if gap < 0.4 else np.full(samples, 0.3)
    return (
        (generator.random(samples) < difficulty + gap).astype(float),
        (generator.random(samples) < difficulty).astype(float),
    )


def continuous(generator: np.random.Generator, samples: int, gap: float) -> tuple[np.ndarray, np.ndarray]:
    shared = generator.normal(size=samples)
    noise = generator.normal(size=(2, samples))
    return shared + noise[0] + gap, shared + noise[1]


def skewed(generator: np.random.Generator, samples: int, gap: float) -> tuple[np.ndarray, np.ndarray]:
    drawn = generator.exponential(size=(2, samples))
    return drawn[0] + gap, drawn[1]


SIMULATED = {"right or wrong": right_or_wrong, "continuous": continuous, "skewed": skewed}
