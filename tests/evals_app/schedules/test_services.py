"""Jobs that are submitted again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evals_app.jobs.models import Job
from evals_app.schedules import due, selectors, services
from evals_app.schedules.models import Schedule
from hub.accounts import services as accounts
from hub.accounts.models import Role, User
from hub.core.clock import now
from hub.core.errors import InvalidInput, NotFound, PermissionRefused
from tests.factories.accounts import actor_for, make_organization, make_user
from tests.factories.jobs import evaluation_request, make_evaluation

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def make_schedule(user: User, owner: str = "alice") -> Schedule:
    request = evaluation_request(owner, f"{owner}/m", f"{owner}/translation")
    return services.create(actor_for(user), name="nightly", cron="0 3 * * *", request=request)


def make_due(schedule: Schedule, days: int = 3) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=now() - timedelta(days=days))


def test_it_submits_what_is_due_once_and_counts_missed_runs_as_one(alice: User) -> None:
    make_evaluation(alice)
    schedule = make_schedule(alice)
    assert due.submit_due() == 0
    make_due(schedule)
    assert due.submit_due() == 1
    assert due.submit_due() == 0
    schedule.refresh_from_db()
    assert schedule.next_run_at
    assert schedule.next_run_at > now()
    assert Job.objects.get(schedule_id=schedule.pk) == schedule.last_job


def test_it_pins_revisions_anew_each_time(alice: User) -> None:
    from tests.factories.repositories import commit_files

    first = make_evaluation(alice)
    schedule = make_schedule(alice)
    model = first.owner.repositories.get(name="m")
    commit_files(model, alice, {"config.json": '{"a": 1}'})
    [job] = services.run_now(actor_for(alice), schedule)
    assert job.spec["model"]["commit"] != first.spec["model"]["commit"]


def test_it_refuses_a_request_that_would_fail(alice: User) -> None:
    make_evaluation(alice)
    request = evaluation_request("alice", "alice/none", "alice/translation")
    with pytest.raises(NotFound):
        services.create(actor_for(alice), name="x", cron="0 3 * * *", request=request)
    with pytest.raises(InvalidInput):
        services.create(actor_for(alice), name="x", cron="often", request={})
    assert not Schedule.objects.exists()


def test_it_checks_the_rights_of_its_creator_each_time(alice: User) -> None:
    writer = make_user("writer")
    acme = make_organization("acme", admin=alice, members={writer: Role.WRITE})
    make_evaluation(acme)
    schedule = make_schedule(writer, "acme")
    accounts.set_member(None, acme, writer, Role.READ)
    make_due(schedule)
    assert due.submit_due() == 0
    schedule.refresh_from_db()
    assert schedule.last_error == "writer may no longer submit jobs for acme."
    assert (schedule.is_paused, schedule.suspension) == (True, "creator-left")
    assert schedule.runs.filter(outcome="refused").count() == 1
    resumed = services.resume(actor_for(alice), schedule)
    assert (resumed.is_paused, resumed.suspension, resumed.created_by) == (False, "", alice)


def test_it_keeps_the_reason_when_a_submission_is_refused(alice: User) -> None:
    from models_app.repositories import services as repositories

    job = make_evaluation(alice)
    schedule = make_schedule(alice)
    repositories.delete(actor_for(alice), job.owner.repositories.get(name="m"))
    make_due(schedule)
    assert due.submit_due() == 0
    schedule.refresh_from_db()
    assert "alice/m" in schedule.last_error


def test_it_rests_while_paused(alice: User) -> None:
    make_evaluation(alice)
    schedule = services.pause(actor_for(alice), make_schedule(alice))
    make_due(schedule)
    assert due.submit_due() == 0
    schedule = services.resume(actor_for(alice), schedule)
    assert schedule.next_run_at
    assert schedule.next_run_at > now()


def test_it_is_changed_by_writers_and_seen_by_members_only(alice: User) -> None:
    reader, stranger = make_user("reader"), make_user("eve")
    acme = make_organization("acme", admin=alice, members={reader: Role.READ})
    make_evaluation(acme)
    schedule = make_schedule(alice, "acme")
    assert selectors.get_schedule_for(actor_for(reader), schedule.pk) == schedule
    for act in (services.pause, services.resume, services.run_now, services.delete):
        with pytest.raises(PermissionRefused):
            act(actor_for(reader), schedule)
    with pytest.raises(NotFound):
        selectors.get_schedule_for(actor_for(stranger), schedule.pk)
    assert list(selectors.schedules_visible_to(actor_for(stranger))) == []


def test_it_takes_the_rights_of_whoever_changes_its_request(alice: User) -> None:
    writer = make_user("writer")
    acme = make_organization("acme", admin=alice, members={writer: Role.WRITE})
    make_evaluation(acme)
    schedule = make_schedule(alice, "acme")
    request = {**schedule.request, "limit": 1}
    changed = services.update(actor_for(writer), schedule, name="weekly", cron="0 3 * * 1", request=request)
    assert (changed.name, changed.created_by, changed.request["limit"]) == ("weekly", writer, 1)


def test_it_pauses_what_can_never_come_again_and_submits_the_others(alice: User) -> None:
    make_evaluation(alice)
    lost, fine = make_schedule(alice), make_schedule(alice)
    make_due(lost, days=4)
    make_due(fine)
    Schedule.objects.filter(pk=lost.pk).update(time_zone="Mars/Olympus")
    assert due.submit_due() == 1
    lost.refresh_from_db()
    assert lost.is_paused
    assert "no time zone" in lost.last_error
