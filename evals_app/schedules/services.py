"""Jobs submitted again: created, paused, resumed, run now, and submitted when due."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from evals_app.jobs import order, requests
from evals_app.jobs import policies as job_policies
from evals_app.jobs import services as jobs
from evals_app.jobs.models import Job
from evals_app.schedules import calendar, policies
from evals_app.schedules.models import Schedule
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.activity import services as activity
from hub.activity.things import Thing
from hub.core.clock import now
from hub.core.errors import HubError, InvalidInput, PermissionRefused, Unauthenticated

DUE_BATCH = 100


@transaction.atomic
def create(
    actor: Actor, *, name: str, cron: str, time_zone: str = "UTC", request: dict[str, Any]
) -> Schedule:
    """A schedule whose request would be accepted now. InvalidInput, NotFound, PermissionRefused as
    `jobs.services.submit` raises them."""
    if actor.user is None:
        raise Unauthenticated
    first = calendar.check(cron, time_zone, now())
    parsed = requests.parse(request)
    # Made only to be checked: everything a submission would refuse is refused here.
    draft = order.make_job(actor, parsed)
    schedule = Schedule.objects.create(
        name=_checked_name(name),
        owner=draft.owner,
        created_by=actor.user,
        request=requests.as_json(parsed),
        cron=" ".join(cron.split()),
        time_zone=time_zone,
        next_run_at=first,
    )
    _tell("schedule.created", actor, schedule)
    return schedule


@transaction.atomic
def update(
    actor: Actor,
    schedule: Schedule,
    *,
    name: str | None = None,
    cron: str | None = None,
    time_zone: str | None = None,
    request: dict[str, Any] | None = None,
) -> Schedule:
    """Change what is given. Whoever changes the request becomes the one with whose rights it runs."""
    _require(actor, schedule)
    if name is not None:
        schedule.name = _checked_name(name)
    if cron is not None or time_zone is not None:
        schedule.cron = " ".join((cron or schedule.cron).split())
        schedule.time_zone = time_zone or schedule.time_zone
        schedule.next_run_at = calendar.check(schedule.cron, schedule.time_zone, now())
    if request is not None:
        parsed = requests.parse(request)
        schedule.owner = order.make_job(actor, parsed).owner
        assert actor.user is not None
        schedule.created_by, schedule.request = actor.user, requests.as_json(parsed)
    schedule.save()
    _tell("schedule.changed", actor, schedule)
    return schedule


def pause(actor: Actor, schedule: Schedule) -> Schedule:
    return _set_paused(actor, schedule, paused=True)


def resume(actor: Actor, schedule: Schedule) -> Schedule:
    """From the next date on; what fell into the pause is not made up for."""
    return _set_paused(actor, schedule, paused=False)


@transaction.atomic
def _set_paused(actor: Actor, schedule: Schedule, *, paused: bool) -> Schedule:
    _require(actor, schedule)
    schedule.is_paused = paused
    schedule.next_run_at = calendar.next_run(schedule.cron, schedule.time_zone, now())
    schedule.last_error = schedule.last_error if paused else ""
    schedule.save(update_fields=["is_paused", "next_run_at", "last_error"])
    _tell("schedule.paused" if paused else "schedule.resumed", actor, schedule)
    return schedule


def run_now(actor: Actor, schedule: Schedule) -> Job:
    """Submit once more, with the rights of whoever asks; the calendar stays as it is."""
    _require(actor, schedule)
    with transaction.atomic():
        job = jobs.submit(actor, requests.parse(schedule.request), schedule_id=schedule.pk)
        Schedule.objects.filter(pk=schedule.pk).update(last_run_at=now(), last_job=job, last_error="")
    return job


@transaction.atomic
def delete(actor: Actor, schedule: Schedule) -> None:
    """Jobs that came of it stay."""
    _require(actor, schedule)
    _tell("schedule.deleted", actor, schedule)
    schedule.delete()


def submit_due() -> int:
    """Submit what is due; returns how many jobs. Runs missed while the hub was down count as one.

    Each schedule is claimed by moving its date, so that two clocks never submit it twice. The rights
    are those that its creator has now; a refusal is kept as `last_error`, and the calendar goes on.
    """
    due = Schedule.objects.filter(is_paused=False, next_run_at__lte=now()).order_by("next_run_at")
    return sum(_submit_one(schedule_id) for schedule_id in due.values_list("pk", flat=True)[:DUE_BATCH])


@transaction.atomic
def _submit_one(schedule_id: UUID) -> bool:
    moment = now()
    schedule = Schedule.objects.select_related("created_by__namespace", "owner").get(pk=schedule_id)
    following, problem = _following(schedule, moment)
    if following is None:
        Schedule.objects.filter(pk=schedule_id).update(is_paused=True, last_error=problem)
        return False
    claimed = Schedule.objects.filter(pk=schedule_id, next_run_at=schedule.next_run_at, is_paused=False)
    if not claimed.update(next_run_at=following, last_run_at=moment):
        return False
    job, error = _try(schedule)
    Schedule.objects.filter(pk=schedule_id).update(last_error=error, last_job=job or schedule.last_job_id)
    if error:
        _tell("schedule.failed", accounts.actor_for_user(schedule.created_by), schedule)
    return job is not None


def _following(schedule: Schedule, moment: datetime) -> tuple[datetime | None, str]:
    """A line that never comes again, or a zone that is gone, must not hold up the others."""
    try:
        return calendar.next_run(schedule.cron, schedule.time_zone, moment), ""
    except InvalidInput as error:
        return None, error.message


def _try(schedule: Schedule) -> tuple[Job | None, str]:
    actor = accounts.actor_for_user(schedule.created_by)
    if not schedule.created_by.is_active or not job_policies.may_submit_for(actor, schedule.owner):
        return None, f"{schedule.created_by.username} may no longer submit jobs for {schedule.owner.name}."
    try:
        # Its own savepoint: a refusal half-way must not undo the claim.
        with transaction.atomic():
            request = requests.parse(schedule.request)
            return jobs.submit(actor, request, schedule_id=schedule.pk), ""
    except HubError as error:
        return None, error.message


def _checked_name(name: str) -> str:
    if not 1 <= len(name.strip()) <= 120:
        raise InvalidInput("`name` must be a text of 1 to 120 characters.", field="name")
    return name.strip()


def _require(actor: Actor, schedule: Schedule) -> None:
    if not policies.may_manage(actor, schedule):
        raise PermissionRefused(f"Only those who may submit jobs for {schedule.owner.name} can change this.")


def _tell(verb: str, actor: Actor, schedule: Schedule) -> None:
    activity.record(
        verb,
        actor=actor,
        thing=Thing("schedule", str(schedule.pk), schedule.name, "/schedules"),
        namespace_id=schedule.owner_id,
        data={"cron": schedule.cron, "time_zone": schedule.time_zone},
    )
