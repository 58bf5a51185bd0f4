"""Missed dates, overlaps and what is told of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from evals_app.jobs import services as jobs
from evals_app.jobs.exchange import Ending, Outcome
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job
from evals_app.schedules import due, history, services
from evals_app.schedules.models import Schedule, ScheduleRun
from evals_app.worker import telling
from hub.accounts import services as accounts
from hub.accounts.models import Role, User
from hub.activity.models import Event
from hub.core.clock import now
from hub.inbox.models import Notification
from tests.factories.accounts import actor_for, make_organization, make_user
from tests.factories.jobs import evaluation_request, make_evaluation, make_worker

DUE = datetime(2026, 3, 27, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("policy", "late", "dates", "left_out"),
    [
        ("once", timedelta(minutes=1), 1, 0),
        ("once", timedelta(days=3, hours=1), 1, 3),
        ("skip", timedelta(minutes=1), 1, 0),
        ("skip", timedelta(days=3, hours=1), 0, 4),
        ("skip", timedelta(days=3, minutes=1), 1, 3),
        ("all", timedelta(days=3, hours=1), 4, 0),
        ("all", timedelta(days=300), 10, 0),
    ],
)
def test_what_becomes_of_missed_dates(policy: str, late: timedelta, dates: int, left_out: int) -> None:
    schedule = Schedule(cron="0 3 * * *", time_zone="UTC", missed_runs=policy, next_run_at=DUE)
    plan = due.plan_for(schedule, DUE + late)
    assert (len(plan.dates), len(plan.left_out)) == (dates, left_out)
    assert plan.following is not None
    assert plan.following > DUE + late
    assert sorted(plan.dates) == plan.dates


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


def make_schedule(user: User, owner: str = "alice", **given: object) -> Schedule:
    request = evaluation_request(owner, f"{owner}/m", f"{owner}/translation")
    return services.create(
        actor_for(user), **{"name": "nightly", "cron": "0 3 * * *", "request": request, **given}
    )


def make_due(schedule: Schedule, days: int = 3) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=now() - timedelta(days=days))


def end_all(outcome: Outcome) -> None:
    while lease := jobs.lease_next(make_worker(), ["cpu"]):
        jobs.finish(lease.job_id, lease.lease, outcome)


def test_it_makes_up_for_each_missed_date_if_told_to(alice: User) -> None:
    make_evaluation(alice)
    schedule = make_schedule(alice, missed_runs="all", allow_overlap=True)
    make_due(schedule)
    assert due.submit_due() in (3, 4)
    assert due.submit_due() == 0


def test_a_date_is_left_out_while_the_run_before_is_not_over(alice: User) -> None:
    make_evaluation(alice)
    schedule = make_schedule(alice)
    make_due(schedule, days=1)
    assert due.submit_due() == 1
    make_due(schedule, days=1)
    assert due.submit_due() == 0
    assert schedule.runs.latest("pk").reason == due.OVERLAP
    end_all(Outcome(Ending.CANCELLED))
    make_due(schedule, days=1)
    assert due.submit_due() == 1


def test_the_history_is_bounded(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT", 3)
    make_evaluation(alice)
    schedule = make_schedule(alice)
    for _ in range(6):
        services.run_now(actor_for(alice), schedule)
    assert ScheduleRun.objects.count() == 3
    assert Job.objects.filter(schedule_id=schedule.pk).count() == 6


def told(verb: str) -> set[str]:
    event = Event.objects.filter(verb=verb).latest("pk")
    telling.notify(event.pk)
    telling.notify(event.pk)
    return set(Notification.objects.filter(event=event).values_list("user__username", flat=True))


FAILED = Outcome(Ending.FAILED, failure=Failure(FailureCode.BAD_DATA, "bad"))


@pytest.mark.parametrize(
    ("tell", "good", "bad"),
    [("always", {"alice"}, {"alice"}), ("failures", set(), {"alice"}), ("never", set(), set())],
)
def test_its_creator_hears_what_they_asked_for(alice: User, tell: str, good: set[str], bad: set[str]) -> None:
    by_hand = make_evaluation(alice)
    end_all(Outcome(Ending.SUCCEEDED))
    assert told("job.succeeded") == {by_hand.submitted_by.username}
    schedule = make_schedule(alice, tell=tell)
    services.run_now(actor_for(alice), schedule)
    end_all(Outcome(Ending.SUCCEEDED))
    assert told("job.succeeded") == good
    services.run_now(actor_for(alice), schedule)
    end_all(FAILED)
    assert told("job.failed") == bad


def test_those_who_can_change_it_hear_that_a_schedule_cannot_go_on(alice: User) -> None:
    writer = make_user("writer")
    acme = make_organization("acme", admin=alice, members={writer: Role.WRITE})
    make_evaluation(acme)
    schedule = make_schedule(writer, "acme")
    accounts.remove_member(None, acme, writer)
    make_due(schedule)
    assert due.submit_due() == 0
    assert told("schedule.suspended") == {"alice", "writer"}
    event = Event.objects.get(verb="schedule.suspended")
    assert event.thing_url == f"/schedules/{schedule.pk}"
