"""What came of each time that a schedule came round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from evals_app.jobs.models import Job
from evals_app.schedules.models import RunOutcome, Schedule, ScheduleRun
from hub.core.clock import now

BY_HAND = "hand"
# Of each schedule; its jobs stay.
KEPT = 500


def submitted(
    schedule: Schedule, jobs: Sequence[Job], *, cause: str, due_at: datetime, events: int = 1
) -> None:
    """A row for each job; there are several where the request names a suite."""
    ScheduleRun.objects.bulk_create(
        ScheduleRun(
            schedule=schedule,
            cause=cause,
            due_at=due_at,
            events=events,
            outcome=RunOutcome.SUBMITTED,
            job=job,
        )
        for job in jobs
    )
    Schedule.objects.filter(pk=schedule.pk).update(last_run_at=now(), last_job=jobs[-1], last_error="")
    _forget_old(schedule)


def refused(schedule: Schedule, reason: str, *, cause: str, due_at: datetime, events: int = 1) -> None:
    _note(schedule, RunOutcome.REFUSED, reason, cause=cause, due_at=due_at, events=events)
    Schedule.objects.filter(pk=schedule.pk).update(last_run_at=now(), last_error=reason)


def skipped(schedule: Schedule, reason: str, *, cause: str, due_at: datetime, events: int = 1) -> None:
    _note(schedule, RunOutcome.SKIPPED, reason, cause=cause, due_at=due_at, events=events)


def _note(
    schedule: Schedule, outcome: RunOutcome, reason: str, *, cause: str, due_at: datetime, events: int
) -> None:
    ScheduleRun.objects.create(
        schedule=schedule, cause=cause, due_at=due_at, events=events, outcome=outcome, reason=reason
    )
    _forget_old(schedule)


def _forget_old(schedule: Schedule) -> None:
    runs = ScheduleRun.objects.filter(schedule=schedule)
    oldest = runs.order_by("-pk").values_list("pk", flat=True)[KEPT : KEPT + 1].first()
    if oldest is not None:
        runs.filter(pk__lte=oldest).delete()
