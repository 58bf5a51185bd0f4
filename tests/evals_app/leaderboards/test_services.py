"""Boards: who stands on them, and in which order."""

from __future__ import annotations

import pytest

from evals_app.jobs.models import Job
from evals_app.leaderboards import selectors, services
from evals_app.leaderboards.models import Leaderboard
from evals_app.runs import services as runs
from evals_app.runs.models import Run
from hub.accounts.actors import ANONYMOUS
from hub.accounts.models import User
from models_app.repositories import services as repositories
from tests.factories.accounts import actor_for, make_user
from tests.factories.jobs import BENCHMARK_YAML, evaluation_result, make_benchmark, make_evaluation
from tests.factories.repositories import commit_files, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def measure(owner: User, model: str, bleu: float, stderr: float | None = 0.1, **changes: object) -> Run:
    job: Job = make_evaluation(owner, model=model, **changes)
    (run,) = runs.record(job, evaluation_result(bleu, stderr))
    services.refresh_for_run(run.pk)
    services.catch_up()
    return run


def order(slug: str = "alice-translation-en-fr") -> list[tuple[str, int]]:
    board = selectors.board(slug)
    return [(entry.run.model_name, entry.rank) for entry in selectors.entries_of(board)]


def test_it_ranks_models_and_shares_ranks_within_noise(alice: User) -> None:
    measure(alice, "weak", 5.0)
    measure(alice, "good", 20.0, 1.0)
    measure(alice, "fine", 19.0, 1.0)
    assert order() == [("alice/good", 1), ("alice/fine", 1), ("alice/weak", 3)]


def test_it_takes_the_newest_run_of_a_model(alice: User) -> None:
    measure(alice, "m", 20.0)
    newest = measure(alice, "m", 10.0)
    board = selectors.board("alice-translation-en-fr")
    assert [entry.run_id for entry in selectors.entries_of(board)] == [newest.pk]


def test_it_admits_no_partial_and_no_private_runs(alice: User) -> None:
    measure(alice, "partial", 99.0, limit=1)
    make_repository(alice, "secret", private=True)
    measure(alice, "secret", 98.0)
    measure(alice, "whole", 1.0)
    assert order() == [("alice/whole", 1)]


def test_it_drops_scores_that_no_longer_compare(alice: User) -> None:
    run = measure(alice, "m", 20.0)
    benchmark = run.benchmark_version.benchmark
    commit_files(benchmark.repository, alice, {"benchmark.yaml": BENCHMARK_YAML.replace("64", "32")})
    benchmark.repository.refresh_from_db()
    from evals_app.catalog import services as catalog

    indexed = catalog.index_benchmark(benchmark.repository)
    assert indexed is not None
    services.refresh_for_benchmark(indexed)
    assert order() == []


def test_it_leaves_out_a_model_the_moment_it_is_made_private(alice: User) -> None:
    run = measure(alice, "m", 20.0)
    assert run.model is not None
    repositories.update_settings(actor_for(alice), run.model, visibility="private")
    assert order() == []
    assert selectors.latest_entries(ANONYMOUS) == []


def test_it_makes_a_board_for_each_task_once(alice: User) -> None:
    benchmark = make_benchmark(alice)
    services.ensure_boards(benchmark)
    (board,) = services.ensure_boards(benchmark)
    assert Leaderboard.objects.get() == board
    assert (board.task, board.metric, board.owner.name) == ("en-fr", "bleu", "alice")


def test_it_reads_a_board_in_few_queries(alice: User, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for name in ("a", "b", "c"):
        measure(alice, name, 5.0)
    board = selectors.board("alice-translation-en-fr")
    with django_assert_max_num_queries(3):
        entries = list(selectors.entries_of(board))
        assert {entry.run.model.full_id for entry in entries if entry.run.model} == {
            "alice/a",
            "alice/b",
            "alice/c",
        }
        cells = selectors.cells_of([entry.pk for entry in entries], selectors.columns_of(board))
    assert [len(cells[entry.pk]) for entry in entries] == [2, 2, 2]
