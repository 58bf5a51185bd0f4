"""Boards written by their difference: the same rows as a board that is built anew; marks are never lost."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db.models import F, Q

from evals_app.leaderboards import services, standings
from evals_app.leaderboards.models import Leaderboard, LeaderboardCell, LeaderboardEntry
from evals_app.leaderboards.writing import CELL, ENTRY
from evals_app.runs import services as runs
from evals_app.runs.models import Run, RunValue
from hub.core.clock import now
from models_app.repositories.models import Repository
from tests.factories.accounts import make_user
from tests.factories.jobs import evaluation_result, make_evaluation

pytestmark = pytest.mark.django_db


@pytest.fixture
def measured() -> list[Run]:
    owner, made = make_user("alice"), []
    for number in range(6):
        for value in (5.0 * number, 4.0 * number + 1):
            job = make_evaluation(owner, model=f"m{number}")
            made += runs.record(job, evaluation_result(value, 1.0))
    services.refresh_for_run(made[-1].pk)
    services.catch_up()
    return made


def rows() -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    entries = LeaderboardEntry.objects.values_list("run_id", *ENTRY)
    return set(entries), set(LeaderboardCell.objects.values_list("entry__run_id", "column__metric", *CELL))


def change_something(chance: random.Random, measured: list[Run]) -> None:
    run = chance.choice(measured)
    values = RunValue.objects.filter(run=run)
    match chance.randrange(5):
        case 0:
            values.update(value=chance.uniform(0, 30))
        case 1:
            values.update(stderr=chance.choice([None, 0.1, 3.0]))
        case 2:
            values.filter(metric=chance.choice(["bleu", "chrf"])).delete()
        case 3:
            visibility = chance.choice(["public", "private"])
            Repository.objects.filter(runs=run).update(visibility=visibility)
        case _:
            Run.objects.filter(pk=run.pk).update(created_at=now())


@pytest.mark.parametrize("seed", range(4))
def test_the_difference_leads_to_the_rows_of_a_board_built_anew(measured: list[Run], seed: int) -> None:
    chance = random.Random(seed)
    board = Leaderboard.objects.get()
    for _ in range(6):
        for _ in range(chance.randrange(1, 4)):
            change_something(chance, measured)
        services.refresh(board)
        kept = rows()
        LeaderboardEntry.objects.all().delete()
        services.refresh(board)
        assert kept == rows()
        assert Leaderboard.objects.get().entry_count == len(kept[0])


def test_what_did_not_change_is_not_written(measured: list[Run]) -> None:
    before = set(LeaderboardEntry.objects.values_list("pk", "run_id"))
    job = make_evaluation(measured[0].owner.user, model="new")
    (run,) = runs.record(job, evaluation_result(100.0, 1.0))
    services.refresh_for_run(run.pk)
    services.catch_up()
    after = set(LeaderboardEntry.objects.values_list("pk", "run_id"))
    assert before < after
    assert len(after - before) == 1


def counted(monkeypatch: pytest.MonkeyPatch, meanwhile: int = 0) -> list[int]:
    """Each ranking of a board, during the first of which it is marked again `meanwhile` times."""
    order, seen = standings.order, []

    def counting(board: Leaderboard, columns: object) -> standings.Order:
        seen.append(board.pk)
        if len(seen) == 1:
            for _ in range(meanwhile):
                services.refresh(board)
        return order(board, columns)  # type: ignore[arg-type]

    monkeypatch.setattr(standings, "order", counting)
    return seen


def test_many_recorded_runs_are_ranked_once(measured: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    seen = counted(monkeypatch)
    for run in measured:
        services.refresh_for_run(run.pk)
    for _ in measured:
        services.catch_up()
    assert len(seen) == 1


def test_marks_that_come_while_it_is_ranked_cost_one_more_round(
    measured: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = counted(monkeypatch, meanwhile=3)
    services.refresh(Leaderboard.objects.get())
    assert len(seen) == 2
    assert not Leaderboard.objects.filter(wanted__gt=F("ranked")).exists()


def test_a_lost_worker_holds_a_board_no_longer_than_its_lease(
    measured: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = counted(monkeypatch)
    services.mark(Q())
    Leaderboard.objects.update(leased_until=now() + timedelta(minutes=1))
    services.catch_up()
    assert seen == []
    Leaderboard.objects.update(leased_until=now() - timedelta(seconds=1))
    services.catch_up()
    assert len(seen) == 1
