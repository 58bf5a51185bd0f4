"""Reads of schedules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from evals_app.schedules import calendar, policies
from evals_app.schedules.models import Schedule, ScheduleRun, Trigger
from hub.accounts.actors import Actor
from hub.accounts.models import TokenScope
from hub.core.clock import now
from hub.core.errors import InvalidInput, NotFound

WITH = ("owner", "created_by__namespace", "last_job", "watched__namespace")
# Of the week's strip: schedules that are looked at, runs of each, runs shown a day.
WEEK_SCHEDULES = 60
WEEK_RUNS = 60
SHOWN_A_DAY = 5


def schedules_visible_to(actor: Actor) -> QuerySet[Schedule]:
    """Those of the actor's namespaces, the next due first."""
    schedules = Schedule.objects.select_related(*WITH).order_by("is_paused", "next_run_at", "name", "id")
    if actor.is_operator:
        return schedules
    schedules = schedules.filter(owner_id__in=list(actor.roles))
    if actor.token is not None and actor.token.scope == TokenScope.FINE_GRAINED:
        granted = [
            grant["on"][10:].lower() for grant in actor.token.grants if grant["on"].startswith("namespace:")
        ]
        schedules = schedules.filter(owner__key__in=granted)
    return schedules


def find_schedule_for(actor: Actor, schedule_id: UUID) -> Schedule | None:
    """None for one that was deleted, or is another's."""
    schedule = Schedule.objects.select_related(*WITH).filter(pk=schedule_id).first()
    return schedule if schedule is not None and policies.may_see(actor, schedule) else None


def get_schedule_for(actor: Actor, schedule_id: UUID | str) -> Schedule:
    """NotFound for one that is missing or of another namespace."""
    try:
        wanted = UUID(str(schedule_id))
    except ValueError:
        raise NotFound(f"There is no schedule {schedule_id!s:.60}.") from None
    schedule = find_schedule_for(actor, wanted)
    if schedule is None:
        raise NotFound(f"There is no schedule {wanted}.")
    return schedule


def last_time_zone(actor: Actor) -> str:
    """Of the newest calendar that the person made; empty before the first."""
    made = Schedule.objects.filter(created_by=actor.user, trigger=Trigger.CALENDAR).order_by("-created_at")
    return made.values_list("time_zone", flat=True).first() or ""


def next_runs(schedule: Schedule) -> list[datetime]:
    """The coming dates; none while it is paused or waits for an event."""
    if schedule.is_paused:
        return []
    if not schedule.cron:
        return [schedule.next_run_at] if schedule.next_run_at else []
    try:
        return calendar.next_runs(schedule.cron, schedule.time_zone, now())
    except InvalidInput:
        return []


def history_of(schedule: Schedule) -> QuerySet[ScheduleRun]:
    """Newest first, with their jobs. Whoever sees a schedule sees the jobs of its owner."""
    return ScheduleRun.objects.filter(schedule=schedule).select_related("job").order_by("-pk")


@dataclass(frozen=True, slots=True)
class ComingRun:
    at: datetime
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Day:
    """`more` counts runs of the day beyond those that are listed."""

    date: date
    runs: list[ComingRun]
    more: int


def coming_week(schedules: QuerySet[Schedule]) -> list[Day]:
    """The calendar runs of the next seven days, by days of UTC. One query; the next due schedules only."""
    moment = now()
    due = schedules.filter(is_paused=False, trigger=Trigger.CALENDAR).order_by("next_run_at")
    runs = [
        ComingRun(at, schedule)
        for schedule in due[:WEEK_SCHEDULES]
        for at in _runs_of(schedule, moment, moment + timedelta(days=7))
    ]
    runs.sort(key=lambda run: (run.at, run.schedule.name))
    days = [(moment + timedelta(days=number)).date() for number in range(7)]
    by_day = {day: [run for run in runs if run.at.date() == day] for day in days}
    return [Day(day, found[:SHOWN_A_DAY], max(0, len(found) - SHOWN_A_DAY)) for day, found in by_day.items()]


def _runs_of(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    try:
        return calendar.runs_between(schedule.cron, schedule.time_zone, start, end, WEEK_RUNS)
    except InvalidInput:
        return []
