"""The moves of a job's life. Each is one conditional update, one line of history and one event.

A move whose condition no longer holds changes nothing and returns False: somebody else was first.
All of them expect the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q

from evals_app.jobs import words
from evals_app.jobs.exchange import Outcome
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job, JobState, JobTransition
from hub.accounts.actors import Actor
from hub.activity import services as activity
from hub.activity.things import Thing
from hub.core.clock import now

ALLOWED: Mapping[str, frozenset[JobState]] = {
    "": frozenset({JobState.QUEUED}),
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.QUEUED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}
FINAL = frozenset(state for state in JobState if not ALLOWED[state])

MOST_BACK_OFF_SECONDS = 900

# What a job that no supervisor holds has in these columns.
RELEASED: Mapping[str, Any] = {"lease": "", "lease_until": None}


def submit(job: Job, actor: Actor) -> None:
    """Write the row as QUEUED."""
    job.queued_at = now()
    job.save(force_insert=True)
    _record(job, "", JobState.QUEUED, "submitted", actor)


def start(
    job: Job,
    *,
    lease: str,
    lease_until: datetime,
    worker_id: Any,
    turn_charge: float = 0.0,
    lease_is_confirmed: bool = True,
) -> bool:
    """`job` as it was read just now; it is then as it was written."""
    columns: dict[str, Any] = {
        "attempt": job.attempt + 1,
        "lease": lease,
        "lease_until": lease_until,
        "lease_is_confirmed": lease_is_confirmed,
        "worker_id": worker_id,
        "turn_charge": turn_charge,
        "not_before": None,
        "started_at": now(),
        "events_heard": 0,
        "progress": None,
        "progress_text": "",
        "error_code": "",
        "error_message": "",
        "exit_code": None,
    }
    as_read = Q(cancel_requested_at=None, attempt=job.attempt)
    if not _move(job, JobState.RUNNING, "taken by a worker", condition=as_read, **columns):
        return False
    for name, value in columns.items():
        setattr(job, name, value)
    return True


def succeed(job: Job, outcome: Outcome) -> bool:
    return _end(
        job,
        JobState.SUCCEEDED,
        "finished",
        result=outcome.result,
        exit_code=outcome.exit_code,
        progress=1.0,
    )


def fail(job: Job, failure: Failure, exit_code: int | None = None) -> bool:
    return _end(
        job,
        JobState.FAILED,
        failure.code.value,
        error_code=failure.code.value,
        error_message=failure.message,
        exit_code=exit_code,
    )


def retry(job: Job, failure: Failure, exit_code: int | None = None) -> bool:
    """Back to the queue, for an attempt that waits a while; the one that failed counts."""
    return _leave_device(
        job,
        JobState.QUEUED,
        f"{failure.code.value}, attempt {job.attempt} of {job.max_attempts}",
        queued_at=now(),
        not_before=now() + back_off(job.attempt),
        error_code=failure.code.value,
        error_message=failure.message,
        exit_code=exit_code,
        worker_id=None,
    )


def back_off(attempt: int) -> timedelta:
    """How long a job waits after so many failed attempts: each time twice as long."""
    seconds = settings.JOB_BACK_OFF_SECONDS * 2 ** min(attempt - 1, 20)
    return timedelta(seconds=min(seconds, MOST_BACK_OFF_SECONDS))


def device_seconds(job: Job) -> float:
    """How long the job has been on its device in this attempt; none while nobody knows that it began."""
    began = job.started_at if job.lease_is_confirmed else None
    return (now() - began).total_seconds() if began else 0.0


def give_back(job: Job) -> bool:
    """Back to the queue because the worker is being stopped, or never heard of it; the attempt does not
    count."""
    return _leave_device(
        job,
        JobState.QUEUED,
        "given back by a stopping worker" if job.lease_is_confirmed else "did not reach its worker",
        attempt=F("attempt") - 1,
        queued_at=job.queued_at,
        worker_id=None,
    )


def cancel_waiting(job: Job, actor: Actor) -> bool:
    """Only a job that nobody works on yet."""
    return _move(
        job,
        JobState.CANCELLED,
        "cancelled while waiting",
        condition=Q(state=JobState.QUEUED),
        actor=actor,
        cancelled_by=actor.user,
        error_code=FailureCode.CANCELLED.value,
        finished_at=now(),
    )


def cancel_running(job: Job) -> bool:
    """The supervisor has ended the engine, or was lost after a person asked for the end."""
    return _end(job, JobState.CANCELLED, "cancelled while running", error_code=FailureCode.CANCELLED.value)


def _end(job: Job, to: JobState, reason: str, **columns: Any) -> bool:
    return _leave_device(job, to, reason, finished_at=now(), **columns)


def _leave_device(job: Job, to: JobState, reason: str, **columns: Any) -> bool:
    """Leave RUNNING: only whoever holds the lease that was read may do it."""
    return _move(
        job,
        to,
        reason,
        condition=Q(lease=job.lease),
        compute_seconds=F("compute_seconds") + device_seconds(job),
        **RELEASED,
        **columns,
    )


def _move(
    job: Job,
    to: JobState,
    reason: str,
    *,
    condition: Q | None = None,
    actor: Actor | None = None,
    **columns: Any,
) -> bool:
    if to not in ALLOWED[job.state]:
        return False
    rows = Job.objects.filter(condition or Q(), pk=job.pk, state=job.state)
    if not rows.update(state=to, **columns):
        return False
    _record(job, job.state, to, reason, actor)
    job.state = to
    return True


def _record(job: Job, from_state: str, to: JobState, reason: str, actor: Actor | None) -> None:
    attempt = job.attempt + 1 if to == JobState.RUNNING else job.attempt
    JobTransition.objects.create(
        job=job, from_state=from_state, to_state=to, reason=reason[:300], attempt=attempt, at=now()
    )
    activity.record(
        f"job.{'submitted' if not from_state else to.value}",
        actor=actor,
        thing=Thing("job", str(job.pk), job.title, job.get_absolute_url()),
        namespace_id=job.owner_id,
        is_public=not job.is_private,
        data={"kind": job.kind, "reason": reason, "names": words.names_in(job.spec)},
    )
