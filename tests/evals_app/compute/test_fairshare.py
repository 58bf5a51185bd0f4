"""Whose turn it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from evals_app.compute import fairshare
from evals_app.compute.fairshare import Claimant, Hindrance, Situation
from tests.evals_app.compute.simulation import Owner, Week, around, shares

START = datetime(2026, 1, 1, tzinfo=UTC)
FREE = Situation()


def owners(claimants: list[Claimant], situation: Situation = FREE) -> list[int]:
    return [claimant.owner_id for claimant in fairshare.order(claimants, situation)]


def test_it_serves_the_earliest_turn() -> None:
    assert owners([Claimant(1, turn=100.0), Claimant(2, turn=10.0)]) == [2, 1]


def test_it_takes_turns_among_equals() -> None:
    later = Claimant(1, served_at=START)
    assert owners([later, Claimant(2, served_at=START - timedelta(hours=1))]) == [2, 1]
    assert owners([later, Claimant(3)]) == [3, 1]


def test_it_lets_nobody_save_up_turns_while_away() -> None:
    situation = Situation(turn=500.0)
    away, busy = Claimant(1, turn=0.0, served_at=START), Claimant(2, turn=500.0)
    assert owners([away, busy], situation) == [2, 1]
    assert fairshare.start_of(away, situation) == 500.0


def test_it_moves_a_turn_by_time_over_weight() -> None:
    assert fairshare.charge(Claimant(1, weight=2.0, typical_seconds=100.0), devices=4) == 200.0
    assert fairshare.corrected(200.0, spent=600.0, weight=2.0) == 100.0


def test_it_holds_who_has_used_a_budget_or_runs_enough() -> None:
    assert fairshare.hindrance(Claimant(1, is_budget_spent=True), FREE) == Hindrance.BUDGET
    full = Claimant(1, running=2, most_running=2)
    assert fairshare.hindrance(full, FREE) == Hindrance.RUNNING_LIMIT
    assert owners([full, Claimant(2, turn=9.0)]) == [2]


def test_it_keeps_reserved_slots_free_and_gives_them_first() -> None:
    situation = Situation(free=1, unfilled={1: 1})
    kept, other = Claimant(1, turn=900.0, reserved=1), Claimant(2)
    assert owners([kept, other], situation) == [1]
    assert fairshare.hindrance(other, situation) == Hindrance.RESERVATION
    assert owners([kept, other], Situation(free=2, unfilled={1: 1})) == [1, 2]
    filled = Claimant(1, turn=900.0, reserved=1, running=1)
    assert owners([filled, other], Situation(free=1, unfilled={1: 0})) == [2, 1]


def test_it_rounds_reserved_slots_down() -> None:
    assert [fairshare.reserved_slots(share, 4) for share in (0.24, 0.25, 0.5, 1.0)] == [0, 1, 2, 4]


def test_it_tells_a_place_that_more_jobs_of_others_do_not_change() -> None:
    crowd, me = Claimant(1, served_at=START), Claimant(2)
    assert fairshare.place(me, 0, [(crowd, 1000)], FREE) == 1
    assert fairshare.place(me, 2, [(crowd, 1000)], FREE) == 5
    assert fairshare.place(crowd, 3, [(me, 1)], FREE) == 5
    heavy = Claimant(1, weight=3.0, served_at=START)
    assert fairshare.place(me, 1, [(heavy, 1000)], FREE) == 2 + 3


@pytest.mark.parametrize(
    ("place", "expected"),
    [(1, 0.0), (2, 40.0), (3, 100.0), (4, 140.0)],
)
def test_it_estimates_the_start_from_what_jobs_usually_take(place: int, expected: float) -> None:
    assert fairshare.seconds_until_start(place, 2, [60.0], 100.0) == expected


def test_it_estimates_nothing_where_no_slot_is() -> None:
    assert fairshare.seconds_until_start(1, 0, [], 100.0) is None


def test_it_lets_lending_add_to_a_weight_and_fade() -> None:
    assert fairshare.lending_weight([(0.0, 100.0)]) == 1.0
    assert fairshare.lending_weight([(30.0, 100.0)]) == 0.5
    assert fairshare.lending_weight([(0.0, 1e6)]) == fairshare.MOST_FROM_LENDING


# --- A week ------------------------------------------------------------------------------------------


def test_it_shares_a_week_by_weight_whatever_the_jobs_are_like() -> None:
    week = Week(
        {
            1: Owner(1.0, around(300.0)),
            2: Owner(2.0, around(5_000.0)),
            3: Owner(4.0, around(1_200.0)),
            4: Owner(1.0, around(2_400.0)),
        },
        slots=8,
    )
    for share, due in shares(week.play()).values():
        assert abs(share - due) / due < 0.05


def test_it_starts_one_job_at_the_next_free_slot_beside_a_thousand() -> None:
    came = 3_600.0
    crowd = Owner(1.0, lambda _dice: 100.0, is_waiting=lambda _moment: True)
    single = Owner(1.0, lambda _dice: 100.0)
    single.is_waiting = lambda moment: moment >= came and not single.starts
    Week({1: crowd, 2: single}, slots=4).play(until=7_200.0)
    assert single.starts[0] - came <= 100.0
    after = [start for start in crowd.starts if start >= came]
    assert single.starts[0] <= after[0]


def test_it_gives_what_nobody_else_wants_and_shares_again_at_once() -> None:
    night = 86_400.0
    always, daytime = Owner(1.0, around(600.0)), Owner(1.0, around(600.0), lambda moment: moment >= night)
    Week({1: always, 2: daytime}, slots=4).play(until=2 * night)
    second_day = [start for start in always.starts if start >= night]
    assert len(second_day) == pytest.approx(len(daytime.starts), rel=0.1)
    # Had the first day been held against it, it would have stood still on the second.
    assert second_day[0] - night < 3_600.0
