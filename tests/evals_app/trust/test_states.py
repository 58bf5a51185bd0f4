"""The rules of reproduction, on plain values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals_app.runs.models import ScoreState
from evals_app.trust import states
from evals_app.trust.states import Measurement, Metric

ALICE, ACME, BOB, BETA = 1, 2, 3, 4
FIRST = Measurement(ACME, frozenset({ALICE, ACME}), None, {"acc": (0.5, 0.01)}, 1000)
ACC = [Metric("acc", 1.0)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"owner": BETA, "places": frozenset({BOB, BETA})}, True),
        ({}, False),
        # A second namespace of the same person, and a colleague's own namespace.
        ({"owner": ALICE, "places": frozenset({ALICE, ACME})}, False),
        ({"owner": BOB, "places": frozenset({BOB, ACME})}, False),
        # On somebody else's machine.
        ({"lender": BETA}, True),
        ({"lender": ACME}, False),
        ({"lender": ALICE}, False),
    ],
)
def test_it_takes_others_to_reproduce(changes: dict[str, object], expected: bool) -> None:
    other = replace(FIRST, **changes)  # type: ignore[arg-type]
    assert states.independent(FIRST, other) is expected
    assert states.independent(other, FIRST) is expected


def test_the_machine_that_both_runs_used_proves_nothing() -> None:
    lent = replace(FIRST, lender=BETA)
    assert not states.independent(lent, lent)


@pytest.mark.parametrize(
    ("value", "samples", "agrees"), [(0.5049, 1000, True), (0.506, 1000, False), (0.5199, 20, True)]
)
def test_values_agree_within_half_a_percent_of_the_range_or_one_sample(
    value: float, samples: int, agrees: bool
) -> None:
    other = replace(FIRST, values={"acc": (value, 0.01)}, samples=samples)
    assert (states.gaps(FIRST, other, ACC) == []) is agrees


def test_a_metric_without_a_range_is_compared_by_its_size() -> None:
    assert states.tolerance(Metric("perplexity", None), 100.0, 90.0, 10_000) == pytest.approx(0.5)


def test_answers_drawn_at_random_may_differ_as_much_as_noise_does() -> None:
    drawn = replace(FIRST, is_sampled=True)
    other = replace(drawn, values={"acc": (0.52, 0.01)})
    assert states.gaps(drawn, other, ACC) == []
    assert states.gaps(FIRST, replace(other, is_sampled=False), ACC) != []


def test_a_doubt_outweighs_a_repetition() -> None:
    assert states.state(is_doubted=True, is_repeated=True) == ScoreState.DISPUTED
    assert states.state(is_doubted=False, is_repeated=True) == ScoreState.REPRODUCED
    assert states.state(is_doubted=False, is_repeated=False) == ScoreState.MEASURED


def test_the_pace_of_a_run_is_no_part_of_its_recipe() -> None:
    assert states.settings_compared({"dtype": "float32", "batch_size": 8}) == {"dtype": "float32"}
