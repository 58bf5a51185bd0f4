"""Uncertainty by resampling."""

from __future__ import annotations

import numpy as np
import pytest

from evals_app.metrics import bootstrap, formulas


def rows_of(values: np.ndarray) -> np.ndarray:
    return np.column_stack([values, np.ones_like(values)])


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(7).normal(10.0, 2.0, size=400)


def test_it_gives_a_mean_the_error_that_theory_gives(values: np.ndarray) -> None:
    error = bootstrap.standard_error(rows_of(values), formulas.mean, count=2000, seed=0)
    assert error == pytest.approx(bootstrap.mean_standard_error(values), rel=0.08)


def test_it_repeats_itself_with_the_same_seed(values: np.ndarray) -> None:
    first = bootstrap.draws(rows_of(values), formulas.mean, count=50, seed=3)
    assert np.array_equal(first, bootstrap.draws(rows_of(values), formulas.mean, count=50, seed=3))
    assert not np.array_equal(first, bootstrap.draws(rows_of(values), formulas.mean, count=50, seed=4))


def test_it_finds_an_interval_around_the_mean(values: np.ndarray) -> None:
    found = bootstrap.interval(rows_of(values), formulas.mean, count=1000, seed=0)
    error = bootstrap.mean_standard_error(values)
    assert error is not None
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.05)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.05)


def test_it_tells_a_better_system_from_an_equal_one(values: np.ndarray) -> None:
    noise = np.random.default_rng(8).normal(0.0, 1.0, size=len(values))
    better = bootstrap.compare(
        rows_of(values + 0.5 + noise), rows_of(values), formulas.mean, count=1000, seed=0
    )
    equal = bootstrap.compare(
        rows_of(values + noise - noise.mean()), rows_of(values), formulas.mean, count=1000, seed=0
    )
    assert better.p_value < 0.01
    assert better.interval.low > 0
    assert equal.p_value > 0.5
    assert equal.interval.low < 0 < equal.interval.high


def test_it_pairs_systems_so_that_shared_difficulty_cancels(values: np.ndarray) -> None:
    paired = bootstrap.compare(rows_of(values + 0.01), rows_of(values), formulas.mean, count=500, seed=0)
    assert paired.interval.high - paired.interval.low < 1e-9


def test_it_refuses_to_pair_systems_measured_on_different_samples(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="cannot be paired"):
        bootstrap.compare(rows_of(values), rows_of(values[:-1]), formulas.mean, count=10, seed=0)


def test_it_claims_no_error_for_a_single_sample() -> None:
    assert bootstrap.standard_error(np.array([[1.0, 1.0]]), formulas.mean, count=100, seed=0) is None
    assert bootstrap.mean_standard_error(np.array([1.0])) is None


def test_it_keeps_its_memory_bounded_for_many_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(np.arange(50.0))
    whole = bootstrap.draws(rows, formulas.mean, count=40, seed=1)
    monkeypatch.setattr(bootstrap, "_BLOCK_CELLS", 100)
    assert np.allclose(whole, bootstrap.draws(rows, formulas.mean, count=40, seed=1))
