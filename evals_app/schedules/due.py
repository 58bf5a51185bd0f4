"""The clock of schedules: what is due is submitted, once, with the rights of now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from evals_app.jobs import policies as job_policies
from evals_app.jobs import selectors as jobs_read
from evals_app.jobs import suites
from evals_app.jobs.models import Job
from evals_app.schedules import calendar, drafts, history
from evals_app.schedules.models import MissedRuns, Schedule, Suspension, Trigger
from evals_app.schedules.services import tell
from hub.accounts import selectors as accounts
from hub.core.clock import now
from hub.core.errors import HubError, InvalidInput
from models_app.repositories import access

DUE_BATCH = 100
# What is later than this was missed: the clock looks every quarter of a minute.
PUNCTUAL = timedelta(minutes=10)
MOST_MADE_UP = 10
# While the run before is not over, an event's run waits and is looked at again.
POSTPONED = timedelta(minutes=1)

OVERLAP = "The run before was not over."
MISSED = "The hub did not run at that time."


@dataclass(frozen=True, slots=True)
class Plan:
    """The dates to submit for, and those that are left out; `following` is the next one, if any."""

    dates: list[datetime]
    left_out: list[datetime]
    following: datetime | None


def submit_due() -> int:
    """Submit what is due; returns how many jobs. Each schedule is claimed by moving its date, so that two
    clocks never submit it twice. A refusal is kept, and the calendar goes on."""
    due = Schedule.objects.filter(is_paused=False, next_run_at__lte=now()).order_by("next_run_at")
    return sum(_come_round(schedule_id) for schedule_id in due.values_list("pk", flat=True)[:DUE_BATCH])


@transaction.atomic
def _come_round(schedule_id: UUID) -> int:
    moment = now()
    rows = Schedule.objects.select_related("created_by__namespace", "owner", "watched__namespace", "last_job")
    schedule = rows.filter(pk=schedule_id, is_paused=False, next_run_at__lte=moment).first()
    if schedule is None:
        return 0
    is_held_up = not schedule.allow_overlap and _runs_still(schedule)
    if is_held_up and schedule.trigger != Trigger.CALENDAR:
        _claim(schedule, moment + POSTPONED)
        return 0
    try:
        plan = plan_for(schedule, moment)
    except InvalidInput as error:
        # A line that never comes again, or a zone that is gone, must not hold up the others.
        suspend(schedule, Suspension.NEVER_AGAIN, error.message)
        return 0
    if not _claim(schedule, plan.following):
        return 0
    for date in plan.left_out:
        history.skipped(schedule, MISSED, cause=schedule.trigger, due_at=date)
    if is_held_up:
        for date in plan.dates:
            history.skipped(schedule, OVERLAP, cause=schedule.trigger, due_at=date)
        return 0
    return sum(_submit(schedule, date) for date in plan.dates)


def plan_for(schedule: Schedule, moment: datetime) -> Plan:
    """What the policy for missed runs makes of the dates that have come. InvalidInput as `next_run`."""
    assert schedule.next_run_at is not None
    if schedule.trigger != Trigger.CALENDAR:
        return Plan([schedule.next_run_at], [], None)
    line = (schedule.cron, schedule.time_zone)
    dates = calendar.last_runs(*line, schedule.next_run_at, moment, MOST_MADE_UP) or [schedule.next_run_at]
    following = calendar.next_run(*line, moment)
    match schedule.missed_runs:
        case MissedRuns.ALL:
            return Plan(dates, [], following)
        case MissedRuns.SKIP if dates[-1] < moment - PUNCTUAL:
            return Plan([], dates, following)
    return Plan(dates[-1:], dates[:-1], following)


def suspend(schedule: Schedule, why: Suspension, message: str) -> None:
    """Pause a schedule that cannot go on, and tell those who can change that."""
    columns = {"is_paused": True, "suspension": why, "last_error": message}
    if Schedule.objects.filter(pk=schedule.pk, is_paused=False).update(**columns):
        tell("schedule.suspended", None, schedule, reason=message, creator=schedule.created_by.username)


def _claim(schedule: Schedule, following: datetime | None) -> bool:
    """Only who moves the date as it was read may go on. An event in between moves it, too."""
    rows = Schedule.objects.filter(pk=schedule.pk, next_run_at=schedule.next_run_at, is_paused=False)
    is_postponed = following is not None and schedule.trigger != Trigger.CALENDAR
    done = {} if is_postponed else {"pending_since": None, "pending_events": 0}
    return bool(rows.update(next_run_at=following, **done))


def _submit(schedule: Schedule, due_at: datetime) -> int:
    """How many jobs came of it: none, one, or of a suite one for each of its benchmarks."""
    events = max(1, schedule.pending_events)
    if problem := _why_not(schedule):
        why, message = problem
        history.refused(schedule, message, cause=schedule.trigger, due_at=due_at, events=events)
        suspend(schedule, why, message)
        return 0
    jobs, message = _try(schedule)
    if not jobs:
        history.refused(schedule, message, cause=schedule.trigger, due_at=due_at, events=events)
        tell("schedule.failed", None, schedule, reason=message)
        return 0
    history.submitted(schedule, jobs, cause=schedule.trigger, due_at=due_at, events=events)
    return len(jobs)


def _why_not(schedule: Schedule) -> tuple[Suspension, str] | None:
    """What keeps a schedule from going on until a person changes it."""
    creator = schedule.created_by
    actor = accounts.actor_for_user(creator)
    if not creator.is_active or not job_policies.may_submit_for(actor, schedule.owner):
        message = f"{creator.username} may no longer submit jobs for {schedule.owner.name}."
        return Suspension.CREATOR_LEFT, message
    watched = schedule.watched
    if schedule.trigger != Trigger.CALENDAR and (
        watched is None or not access.can(actor, watched, access.Need.READ)
    ):
        return Suspension.NOTHING_TO_WATCH, "The repository it watched is gone or may no longer be read."
    return None


def _try(schedule: Schedule) -> tuple[list[Job], str]:
    actor = accounts.actor_for_user(schedule.created_by)
    try:
        # Its own savepoint: a refusal half-way must not undo the claim.
        with transaction.atomic():
            return suites.submit_any(actor, drafts.request_of(schedule), schedule_id=schedule.pk), ""
    except HubError as error:
        return [], error.message


def _runs_still(schedule: Schedule) -> bool:
    return schedule.last_job_id is not None and jobs_read.has_unfinished(schedule.pk)
