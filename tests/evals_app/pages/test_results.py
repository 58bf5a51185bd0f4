"""Pages of what was measured: runs, leaderboards, benchmarks, scores on a model's page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from evals_app.leaderboards import services as leaderboards
from evals_app.runs import services as runs
from evals_app.runs.models import Run
from hub.accounts.models import User
from models_app.repositories.models import Repository
from tests.factories.accounts import make_user
from tests.factories.jobs import evaluation_result, make_evaluation

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def measure(owner: User, model: str, bleu: float, stderr: float) -> Run:
    job = make_evaluation(owner, model=model)
    (run,) = runs.record(job, evaluation_result(bleu, stderr))
    leaderboards.refresh_for_run(run.pk)
    leaderboards.catch_up()
    return run


def test_it_shows_a_run_with_its_provenance_and_command(client: Client, alice: User) -> None:
    run = measure(alice, "m", 12.345, 0.5)
    page = client.get(f"/runs/{run.pk}").content.decode()

    assert "12.35" in page
    assert "± 0.98" in page
    assert run.model_commit[:12] in page
    assert "sh reproduce.sh" in page
    assert run.model_commit in client.get(f"/runs/{run.pk}/reproduce.sh").content.decode()


def test_it_groups_models_that_noise_does_not_separate(client: Client, alice: User) -> None:
    first, second, third = (
        measure(alice, name, *score)
        for name, score in {"a": (31.0, 1.0), "b": (30.5, 1.0), "c": (5.0, 1.0)}.items()
    )
    page = client.get("/leaderboards/alice-translation-en-fr").content.decode()

    assert all(f"/runs/{run.pk}" in page for run in (first, second, third))
    assert page.count('class="group-start"') == 2
    assert 'class="interval"' in page


def test_it_writes_a_column_with_one_number_of_decimals(client: Client, alice: User) -> None:
    measure(alice, "a", 31.2412, 0.5)
    measure(alice, "b", 5.1, 0.4)
    page = client.get("/leaderboards/alice-translation-en-fr").content.decode()
    assert ">31.24</a>" in page
    assert ">5.10</a>" in page


def test_it_narrows_a_board_and_keeps_the_ranks(client: Client, alice: User) -> None:
    big, small = measure(alice, "a", 31.0, 1.0), measure(alice, "b", 5.1, 0.4)
    Repository.objects.filter(name="a").update(parameters=2_000_000_000)
    Repository.objects.filter(name="b").update(parameters=60_000_000)
    page = client.get("/leaderboards/alice-translation-en-fr?size=100000000").content.decode()
    assert f"/runs/{big.pk}" not in page
    assert f"/runs/{small.pk}" in page
    assert '<td class="num strong">2</td>' in page
    nobody = client.get("/leaderboards/alice-translation-en-fr?organization=somebody")
    assert "No model fits the filter" in nobody.content.decode()


def test_it_lists_boards_with_their_leader(client: Client, alice: User) -> None:
    measure(alice, "a", 31.0, 1.0)
    page = client.get("/leaderboards").content.decode()
    assert "alice/a" in page


def test_it_shows_a_benchmark_with_tasks_and_runs(client: Client, alice: User) -> None:
    run = measure(alice, "a", 31.0, 1.0)
    page = client.get("/benchmarks/alice/translation").content.decode()
    assert "en-fr" in page
    assert f"/runs/{run.pk}" in page


def test_it_shows_scores_on_the_page_of_the_model(client: Client, alice: User) -> None:
    run = measure(alice, "a", 31.0, 1.0)
    page = client.get("/alice/a").content.decode()
    assert f"/runs/{run.pk}" in page
    assert "/leaderboards/alice-translation-en-fr" in page


def test_it_finds_runs_by_model(client: Client, alice: User) -> None:
    run = measure(alice, "a", 31.0, 1.0)
    assert str(run.pk) in client.get("/runs?model=alice/a").content.decode()
    assert str(run.pk) not in client.get("/runs?model=other").content.decode()


def test_the_list_of_runs_costs_the_same_for_many(
    client: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    for name in "abc":
        measure(alice, name, 10.0, 1.0)
    with django_assert_max_num_queries(4):
        client.get("/runs")
