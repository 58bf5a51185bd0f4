"""Scores that need no library beside numpy; the others are compared with their libraries elsewhere."""

from __future__ import annotations

import math

import pytest

from evals_app.metrics import scoring
from evals_app.metrics.catalogue import KINDS, METRICS
from evals_app.metrics.samples import Sample


def score(metric: str, *samples: Sample) -> scoring.Score:
    return scoring.score(metric, samples, language="en", draws=200, seed=0)


def test_it_can_compute_every_metric_that_is_offered() -> None:
    assert set(METRICS) == set(scoring.STATISTICS)
    assert all(metric.kinds <= KINDS and metric.name == name for name, metric in METRICS.items())


def test_it_counts_exact_matches_white_space_aside() -> None:
    found = score(
        "exact_match",
        Sample(output=" 42 \n", references=["42"]),
        Sample(output="43", references=["42", "43"]),
        Sample(output="Paris", references=["paris"]),
        Sample(output="a  b", references=["a b"]),
    )
    assert found.value == 0.75
    assert found.per_sample == [1.0, 1.0, 0.0, 1.0]
    assert found.stderr == pytest.approx(0.25)


def test_it_averages_accuracy_over_samples() -> None:
    samples = [Sample(correct=True), Sample(correct=False, correct_normalized=True)]
    assert score("acc", *samples).value == 0.5
    assert score("acc_norm", *samples).value == 0.5


def test_it_measures_bits_per_byte_over_the_whole_text() -> None:
    samples = [
        Sample(log_likelihood=-10 * math.log(2), byte_count=5, word_count=1),
        Sample(log_likelihood=-30 * math.log(2), byte_count=15, word_count=3),
    ]
    assert score("bits_per_byte", *samples).value == pytest.approx(2.0)
    assert score("byte_perplexity", *samples).value == pytest.approx(4.0)
    assert score("word_perplexity", *samples).value == pytest.approx(1024.0)
    assert score("bits_per_byte", *samples).stderr == pytest.approx(0.0, abs=1e-12)


def test_it_keeps_the_perplexity_of_a_hopeless_model_finite() -> None:
    assert math.isfinite(
        score("word_perplexity", Sample(log_likelihood=-1e6, byte_count=1, word_count=1)).value
    )


def test_it_refuses_to_score_nothing() -> None:
    with pytest.raises(ValueError, match="nothing to score"):
        scoring.score("acc", [], language=None, draws=10, seed=0)
