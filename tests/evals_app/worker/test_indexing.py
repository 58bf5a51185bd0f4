"""What follows from events of repositories."""

from __future__ import annotations

import pytest

from evals_app.catalog import selectors as catalog
from evals_app.jobs import selectors as jobs
from evals_app.leaderboards.models import Leaderboard
from evals_app.runs import services as runs
from evals_app.worker import indexing, tasks
from hub.accounts.actors import ANONYMOUS
from hub.accounts.models import User
from hub.activity import selectors as activity
from hub.activity.models import Event
from models_app.repositories import services as repositories
from tests.factories.accounts import actor_for, make_user
from tests.factories.jobs import BENCHMARK_YAML, ROWS, evaluation_result, make_evaluation
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def newest(verb: str) -> int:
    return Event.objects.filter(verb=verb).latest("pk").pk


def test_it_makes_a_pushed_declaration_a_benchmark_with_a_board(alice: User) -> None:
    files = {"benchmark.yaml": BENCHMARK_YAML, "data/test.jsonl": ROWS}
    make_repository(alice, "pairs", "dataset", files=files)
    tasks.index_benchmark(newest("commit"))
    tasks.index_benchmark(newest("commit"))
    assert catalog.get_benchmark(ANONYMOUS, "alice", "pairs").title == "English to French"
    assert Leaderboard.objects.get().slug == "alice-pairs-en-fr"


def test_it_ignores_events_that_are_gone_and_other_repositories(alice: User) -> None:
    make_repository(alice, "m", files={"benchmark.yaml": BENCHMARK_YAML})
    tasks.index_benchmark(newest("commit"))
    tasks.index_benchmark(10**9)
    assert not Leaderboard.objects.exists()


def test_it_hides_everything_that_names_a_repository_which_became_private(alice: User) -> None:
    job = make_evaluation(alice)
    other = make_evaluation(alice, model="another")
    runs.record(job, evaluation_result())
    model = job.owner.repositories.get(name="m", type="model")
    repositories.update_settings(actor_for(alice), model, visibility="private")
    indexing.follow_visibility(newest("repository.settings"))
    assert list(jobs.jobs_visible_to(ANONYMOUS)) == [other]
    told = {(event.thing_name, event.verb) for event in activity.feed(limit=100)}
    assert not [name for name, _verb in told if "alice/m on" in name or name == "alice/m"]
    assert ("Evaluate alice/another on alice/translation", "job.submitted") in told
