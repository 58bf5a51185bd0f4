"""Schedules that wait for commits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from evals_app.jobs import services as jobs
from evals_app.jobs.models import Job
from evals_app.schedules import due, events, services
from evals_app.schedules.models import Schedule
from evals_app.worker import tasks
from hub.accounts.models import User
from hub.activity.models import Event
from hub.core.clock import now
from hub.core.errors import InvalidInput, NotFound
from models_app.repositories import services as repositories
from models_app.repositories.models import Repository
from tests.factories.accounts import actor_for, make_user
from tests.factories.jobs import BENCHMARK_YAML, evaluation_request, make_evaluation
from tests.factories.repositories import commit_files, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    user = make_user("alice")
    make_evaluation(user)
    return user


def make_schedule(user: User, **given: object) -> Schedule:
    request = evaluation_request("alice", "alice/m", "alice/translation")
    asked = {"name": "new", "trigger": "revision", "request": request, **given}
    return services.create(actor_for(user), **asked)


def repository(user: User, name: str) -> Repository:
    return user.namespace.repositories.get(name=name)


def commit(user: User, name: str, files: dict[str, str]) -> None:
    """A commit, and what its event's task does."""
    commit_files(repository(user, name), user, files)
    tasks.on_commit(Event.objects.filter(verb="commit").latest("pk").pk)


def let_it_be_due(schedule: Schedule) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=now() - timedelta(seconds=1))


def test_commits_that_come_together_are_one_run(alice: User) -> None:
    schedule = make_schedule(alice)
    assert schedule.next_run_at is None
    for number in range(3):
        commit(alice, "m", {"config.json": f'{{"n": {number}}}'})
    schedule.refresh_from_db()
    assert schedule.pending_events == 3
    assert schedule.next_run_at is not None
    assert schedule.next_run_at > now() + timedelta(minutes=4)
    assert due.submit_due() == 0
    let_it_be_due(schedule)
    assert due.submit_due() == 1
    job = Job.objects.get(schedule_id=schedule.pk)
    assert job.spec["model"]["commit"] == repository(alice, "m").head
    assert schedule.runs.get().events == 3
    schedule.refresh_from_db()
    assert (schedule.next_run_at, schedule.pending_events) == (None, 0)


def test_a_run_waits_for_the_one_before_and_is_not_lost(alice: User) -> None:
    schedule = make_schedule(alice, debounce_seconds=0)
    commit(alice, "m", {"config.json": "1"})
    assert due.submit_due() == 1
    commit(alice, "m", {"config.json": "2"})
    assert due.submit_due() == 0
    schedule.refresh_from_db()
    assert schedule.next_run_at is not None
    jobs.cancel(actor_for(alice), Job.objects.get(schedule_id=schedule.pk))
    let_it_be_due(schedule)
    assert due.submit_due() == 1
    assert schedule.runs.latest("pk").events == 1


def test_only_the_branch_and_the_repository_that_it_watches_count(alice: User) -> None:
    schedule = make_schedule(alice)
    make_repository(alice, "other", files={"a": "1"})
    commit(alice, "other", {"a": "2"})
    assert events.on_commit(repository(alice, "m"), "dev") == 0
    schedule.refresh_from_db()
    assert schedule.next_run_at is None


def test_a_benchmark_counts_when_its_scores_mean_something_else(alice: User) -> None:
    schedule = make_schedule(alice, trigger="benchmark")
    commit(alice, "translation", {"README.md": "# Only words"})
    schedule.refresh_from_db()
    assert schedule.next_run_at is None
    commit(alice, "translation", {"benchmark.yaml": "broken: ["})
    schedule.refresh_from_db()
    assert schedule.next_run_at is None
    changed = BENCHMARK_YAML.replace("version: 1", "version: 2").replace("Translate", "Say")
    commit(alice, "translation", {"benchmark.yaml": changed})
    schedule.refresh_from_db()
    assert schedule.next_run_at is not None


@pytest.mark.parametrize(
    ("given", "error", "field"),
    [
        ({"watch": "alice/m"}, InvalidInput, "watch"),
        ({"watch": "model:alice/none"}, NotFound, "watch"),
        ({"watch": "dataset:alice/m-evaluations"}, NotFound, "watch"),
        ({"trigger": "moon"}, InvalidInput, "trigger"),
        ({"debounce_seconds": -1}, InvalidInput, "debounce_seconds"),
        ({"tell": "everyone"}, InvalidInput, "tell"),
        ({"missed_runs": "some"}, InvalidInput, "missed_runs"),
    ],
)
def test_it_names_the_field_that_is_wrong(
    alice: User, given: dict[str, object], error: type[InvalidInput | NotFound], field: str
) -> None:
    with pytest.raises(error) as refusal:
        make_schedule(alice, **given)
    assert refusal.value.fields["field"] == field


def test_it_must_not_set_itself_off(alice: User) -> None:
    make_repository(alice, "m-evaluations", "dataset", files={"a": "1"})
    with pytest.raises(InvalidInput, match="again and again"):
        make_schedule(alice, watch="dataset:alice/m-evaluations")


def test_it_is_paused_when_there_is_nothing_left_to_watch(alice: User) -> None:
    make_repository(alice, "other", files={"a": "1"})
    schedule = make_schedule(alice, watch="model:alice/other", debounce_seconds=0)
    commit(alice, "other", {"a": "2"})
    repositories.delete(actor_for(alice), repository(alice, "other"))
    let_it_be_due(schedule)
    assert due.submit_due() == 0
    schedule.refresh_from_db()
    assert (schedule.is_paused, schedule.suspension) == (True, "nothing-to-watch")


def test_a_burst_ends() -> None:
    start, minute = datetime(2026, 1, 1, tzinfo=UTC), timedelta(minutes=1)
    assert events.due_at(start, start, minute) == start + minute
    assert events.due_at(start + 5 * minute, start, minute) == start + 6 * minute
    assert events.due_at(start + 30 * minute, start, minute) == start + 30 * minute
