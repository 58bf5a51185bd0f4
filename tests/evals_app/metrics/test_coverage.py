"""How often intervals hold the truth and tests cry wolf, by simulation; `docs/leaderboards.md` tells it."""

from __future__ import annotations

import numpy as np
import pytest

from evals_app.leaderboards import aggregate
from evals_app.leaderboards.models import LeaderboardColumn
from evals_app.metrics import formulas, ranking, significance
from evals_app.metrics.formulas import Statistics
from evals_app.metrics.ranking import Score

pytestmark = pytest.mark.slow


def covered(skills: list[float], samples: int, times: int = 2000) -> float:
    """The share of boards whose interval of the mean over right-or-wrong benchmarks holds the true mean."""
    generator = np.random.default_rng(7)
    columns = [LeaderboardColumn(pk=at, least=0.0, most=1.0, weight=1.0) for at in range(len(skills))]
    truth = 100 * float(np.mean(skills))
    hits = 0
    for _ in range(times):
        means = [float(np.mean(generator.random(samples) < skill)) for skill in skills]
        errors = [(mean * (1 - mean) / (samples - 1)) ** 0.5 for mean in means]
        cells = {at: Score(*cell) for at, cell in enumerate(zip(means, errors, strict=True))}
        score = aggregate.score(columns, cells)
        assert score is not None
        interval = ranking.interval(score)
        assert interval is not None
        hits += interval[0] <= truth <= interval[1]
    return hits / times


@pytest.mark.parametrize("samples", [25, 50, 100, 300])
@pytest.mark.parametrize("benchmarks", [2, 3, 6])
def test_the_interval_of_a_mean_holds_it_19_times_of_20(samples: int, benchmarks: int) -> None:
    assert 0.93 <= covered(list(np.linspace(0.3, 0.9, benchmarks)), samples) <= 0.97


def test_near_the_end_of_the_scale_it_is_too_narrow_on_few_samples() -> None:
    """What the documentation warns of; if this fails because it became better, tell so there."""
    assert 0.85 <= covered([0.95, 0.97, 0.98], 50) < 0.93
    assert covered([0.95, 0.97, 0.98], 400) >= 0.93


def translations(generator: np.random.Generator, samples: int) -> tuple[Statistics, Statistics]:
    """BLEU's counts of two systems of equal skill on the same sentences."""
    totals = np.maximum(generator.integers(6, 24, size=samples)[:, None] - np.arange(4), 0)
    shares = (
        np.array([0.6, 0.4, 0.28, 0.2]) * np.clip(generator.beta(5, 5, size=samples) * 2, 0, 1.6)[:, None]
    )
    lengths = totals[:, :1].astype(float)
    first, second = (
        np.hstack([lengths, lengths, generator.binomial(totals, shares), totals]) for _ in range(2)
    )
    return first, second


@pytest.mark.parametrize("samples", [25, 50, 100])
def test_equal_translations_are_seldom_told_apart(samples: int) -> None:
    """Exchanging answers is exact for systems that differ by chance alone, however few the samples; of 500
    pairs as many as 5 % may be told apart, the promise, at a level of 3 %."""
    generator = np.random.default_rng(11)
    told = [
        significance.find_p_value(*translations(generator, samples), formulas.bleu, count=2000)[0]
        for _ in range(500)
    ]
    assert np.mean(np.array(told) < significance.LEVEL) <= 0.05
