"""The life of a job: submit, cancel, rerun; lease, heartbeat, finish; sweep."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast, Concat

from evals_app.compute import fairshare, requirements, shares
from evals_app.compute import selectors as compute
from evals_app.compute.fairshare import Claimant, Situation
from evals_app.compute.holding import Room
from evals_app.compute.models import Queue, Worker
from evals_app.compute.requirements import Needs
from evals_app.compute.shares import Standings
from evals_app.jobs import (
    accounting,
    bell,
    charging,
    containers,
    eligibility,
    logs,
    order,
    pace,
    policies,
    repeating,
    requests,
    selectors,
    states,
    turns,
    withholding,
)
from evals_app.jobs.exchange import (
    Ending,
    EngineEvent,
    Environment,
    Lease,
    LogText,
    Metric,
    Outcome,
    Progress,
    Verdict,
)
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job, JobLogChunk, JobMetric, JobState
from evals_app.jobs.requests import JobRequest
from hub.accounts import services as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import TokenKind, TokenScope
from hub.activity import services as activity
from hub.core.clock import now
from hub.core.enqueue import enqueue_after_commit
from hub.core.errors import Conflict, InvalidInput, PermissionRefused

RUN_NEXT = "evals_app.jobs.run_next"
# The token outlives the time limit by what ending an engine may take.
TOKEN_SLACK = timedelta(minutes=10)
SWEEP_BATCH = 500
# A worker anywhere says at once that it heard which job it got.
CONFIRM_WITHIN = timedelta(seconds=5)


# --- People -----------------------------------------------------------------------------------------


@transaction.atomic
def submit(
    actor: Actor, request: JobRequest, *, schedule_id: UUID | None = None, rerun_of: Job | None = None
) -> Job:
    """Check, pin every revision to a commit, write the row, wake the queue.

    InvalidInput names the field; NotFound for what the actor cannot read; PermissionRefused when
    the actor may not submit for the owner; Conflict when a held-out benchmark takes no more today.
    """
    job = order.make_job(actor, request)
    job.schedule_id, job.rerun_of = schedule_id, rerun_of
    states.submit(job, actor)
    if job.is_held_out:
        job.withheld.save(force_insert=True)
    wake(job.queue.slug)
    return job


@transaction.atomic
def cancel(actor: Actor, job: Job) -> Job:
    """A waiting job ends at once; of a running one the supervisor ends the process group within seconds.

    Conflict when it has ended already.
    """
    if not policies.may_manage(actor, job):
        raise PermissionRefused("Only those who may submit jobs for the owner can cancel this job.")
    job.refresh_from_db()
    if states.cancel_waiting(job, actor):
        return job
    asked = Job.objects.filter(pk=job.pk, state=JobState.RUNNING)
    if not asked.update(cancel_requested_at=now(), cancelled_by=actor.user):
        raise Conflict(f"The job has ended already: {job.get_state_display()}.")
    job.refresh_from_db()
    return job


@transaction.atomic
def set_labels(actor: Actor, job: Job, labels: object) -> Job:
    """In place of those it had. InvalidInput for labels that cannot be."""
    if not policies.may_manage(actor, job):
        raise PermissionRefused("Only those who may submit jobs for the owner can label this job.")
    job.labels = requests.check_labels("labels", labels)
    Job.objects.filter(pk=job.pk).update(labels=job.labels)
    return job


def rerun(actor: Actor, job: Job) -> Job:
    """The same request once more, with the revisions that were pinned then and the rights of now."""
    return submit(actor, repeating.request_by(actor, job), rerun_of=job)


def clone(actor: Actor, job: Job, changes: object) -> Job:
    """The request of a job with some of its fields changed. InvalidInput as for any other request."""
    if not isinstance(changes, Mapping):
        raise InvalidInput("What to change is a JSON object.")
    request = requests.as_json(repeating.request_of(job))
    if job.secrets and "secrets" not in changes:
        request["secrets"] = containers.secrets_for(actor, job.submitted_by_id, job.secrets)
    return submit(actor, requests.parse({**request, **changes, "kind": request["kind"]}))


@transaction.atomic
def hide_jobs_about(type_: str, full_id: str) -> list[UUID]:
    """Make private the jobs that read or wrote a repository that is private now; their ids."""
    touched = Concat(Cast("reads", TextField()), Cast("writes", TextField()), output_field=TextField())
    public = Job.objects.filter(is_private=False).annotate(touched=touched)
    ids = list(public.filter(touched__contains=f'"{type_}:{full_id}"').values_list("pk", flat=True))
    Job.objects.filter(pk__in=ids).update(is_private=True)
    activity.hide("job", [str(job_id) for job_id in ids])
    return ids


# --- Supervisors ------------------------------------------------------------------------------------


def lease_next(worker: Worker, queue_slugs: Iterable[str], *, is_confirmed: bool = True) -> Lease | None:
    """Take the job whose turn it is; None when nothing waits that may start on this worker. Two callers
    never get the same job.

    Not `is_confirmed`: the answer may not reach the worker. Unless it is heard from soon, the job goes back
    and the attempt does not count.
    """
    room = _room_of(worker)
    for queue in turns.queues_with_work(queue_slugs):
        if lease := _take_next(worker, queue, room, is_confirmed=is_confirmed):
            return lease
    return None


def has_work_for(worker: Worker, queue_slugs: Iterable[str]) -> bool:
    """Whether `lease_next` would find a job at this moment. Reads only, and locks nothing."""
    room = _room_of(worker)
    return any(
        next(_startable(worker, queue, room, turns.standings_in(queue)), None)
        for queue in turns.queues_with_work(queue_slugs)
    )


def _room_of(worker: Worker) -> Room:
    """One for all queues that are looked at: a device that is held back for a job of the first is not given
    to one of the next."""
    return Room(worker.devices, worker.devices if worker.free_devices is None else worker.free_devices)


def _startable(
    worker: Worker, queue: Queue, room: Room, standings: Standings
) -> Iterator[tuple[Claimant, Job]]:
    if queue.is_paused or room.capacity(queue) is None:
        return iter(())
    return turns.candidates(
        standings, queue, room, _open_to(worker), partial(eligibility.is_holder, worker, queue)
    )


def _open_to(worker: Worker) -> Q:
    return eligibility.open_to(worker) & withholding.open_to(worker)


@transaction.atomic
def _take_next(worker: Worker, unlocked: Queue, room: Room, *, is_confirmed: bool) -> Lease | None:
    """One claim at a time in a queue, so that each sees the turns as the one before left them."""
    queue = compute.locked(unlocked)
    standings = turns.standings_in(queue)
    for claimant, job in _startable(worker, queue, room, standings):
        if lease := _take(job, worker, queue, room, claimant, standings.situation, is_confirmed=is_confirmed):
            return lease
    return None


def _take(
    job: Job,
    worker: Worker,
    queue: Queue,
    room: Room,
    claimant: Claimant,
    situation: Situation,
    *,
    is_confirmed: bool,
) -> Lease | None:
    """None when it was cancelled in this moment."""
    key = secrets.token_urlsafe(24)
    charge = fairshare.charge(claimant, job.needs_devices)
    if not states.start(
        job,
        lease=key,
        lease_until=_lease_end(is_confirmed=is_confirmed),
        lease_is_confirmed=is_confirmed,
        worker_id=worker.pk,
        turn_charge=charge,
    ):
        return None
    shares.note_start(queue, claimant, situation, charge)
    # Only what the engine gets: the row stays as it is.
    job.spec = withholding.full_order(job)
    issued = accounts.create_token(
        job.submitted_by,
        f"job {job.pk}",
        TokenScope.FINE_GRAINED,
        grants=order.grants_of(job),
        expires_at=now() + timedelta(seconds=job.time_limit_seconds) + TOKEN_SLACK,
        kind=TokenKind.JOB,
        job_id=job.pk,
    )
    spec = {
        **job.spec,
        **containers.secrets_of_lease(job),
        "attempt": job.attempt,
        "job_url": settings.PUBLIC_URL + job.get_absolute_url(),
    }
    needs = Needs(job.needs_devices, job.needs_memory_bytes)
    devices = requirements.chosen(queue, room.free, needs)
    return Lease(
        job.pk,
        key,
        job.kind,
        job.attempt,
        spec,
        issued.secret,
        job.time_limit_seconds,
        slots=tuple(device["slot"] for device in devices if "slot" in device),
        memory_bytes=needs.memory_bytes,
    )


@transaction.atomic
def heartbeat(
    job_id: UUID, lease: str, *, events: Sequence[EngineEvent] = (), numbers: Sequence[int] = ()
) -> Verdict:
    """Extend the lease and record what the engine said, together or not at all.

    `numbers` count the events of an attempt from 1; what was heard already is left out.
    """
    held = Job.objects.filter(pk=job_id, lease=lease, state=JobState.RUNNING)
    if not held.update(lease_until=_lease_end(), lease_is_confirmed=True):
        return Verdict(alive=False)
    job = held.get()
    if numbers:
        events = [event for number, event in zip(numbers, events, strict=True) if number > job.events_heard]
        held.update(events_heard=max(*numbers, job.events_heard))
    _record_events(job, withholding.pass_on(job, events) if job.is_held_out else events)
    return Verdict(alive=True, cancel=job.cancel_requested_at is not None)


@transaction.atomic
def finish(job_id: UUID, lease: str, outcome: Outcome) -> bool:
    """End the attempt. False when the lease was lost: nothing is written then.

    A retryable failure puts the job back while attempts are left. The job's tokens end here.
    """
    job = _held().filter(pk=job_id, lease=lease).first()
    return job is not None and _close_attempt(job, outcome)


def _held() -> QuerySet[Job]:
    return Job.objects.select_related("queue", "worker__worker_pass", "owner").filter(state=JobState.RUNNING)


def _close_attempt(job: Job, outcome: Outcome) -> bool:
    """False when somebody else was first: then nothing is counted either."""
    seconds = states.device_seconds(job)
    shown = withholding.shown_outcome(outcome) if job.is_held_out else outcome
    if not _end(job, shown):
        return False
    if job.is_held_out:
        withholding.keep_outcome(job, outcome)
    accounting.settle(job.pk)
    charging.note_end(job, seconds, is_typical=outcome.ending != Ending.GIVEN_BACK)
    accounts.revoke_job_tokens(job.pk)
    if job.state == JobState.QUEUED:
        wake(job.queue.slug)
    return True


def sweep() -> None:
    """Free the leases that ran out, and wake idle workers for jobs whose wake-up was lost.

    Safe to run anywhere at any time, any number of times.
    """
    late = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now())
    for job_id, lease in late.values_list("pk", "lease")[:SWEEP_BATCH]:
        _free(job_id, lease)
    wake_idle_workers()


def wake_idle_workers() -> None:
    """One message for each idle worker of a queue where jobs wait; none pile up while nobody reads. Workers
    with a token ask by themselves."""
    waiting = {queue.slug for queue in turns.queues_with_work()}
    if not waiting:
        return
    busy = selectors.busy_worker_ids()
    for worker in compute.live_workers():
        if worker.pk not in busy and worker.worker_pass_id is None:
            for slug in waiting & set(worker.queues):
                wake(slug)


@transaction.atomic
def _free(job_id: UUID, lease: str) -> None:
    job = _held().filter(pk=job_id, lease=lease, lease_until__lt=now()).first()
    if job is not None:
        never_began = Outcome(Ending.GIVEN_BACK)
        lost = Outcome(Ending.FAILED, failure=_lost(job))
        _close_attempt(job, lost if job.lease_is_confirmed else never_began)


def _lost(job: Job) -> Failure:
    if job.worker is not None and compute.is_alive(job.worker):
        return Failure(
            FailureCode.LOST_LEASE, "The worker is there, but did not renew its hold on the job in time."
        )
    return Failure(FailureCode.LOST_WORKER, "The worker stopped answering while it held the job.")


def _end(job: Job, outcome: Outcome) -> bool:
    match outcome.ending:
        case Ending.SUCCEEDED:
            return states.succeed(job, outcome)
        case Ending.CANCELLED:
            return states.cancel_running(job)
        case Ending.GIVEN_BACK if job.cancel_requested_at is None:
            return states.give_back(job)
        case Ending.GIVEN_BACK:
            return states.cancel_running(job)
    failure = outcome.failure or Failure(FailureCode.ENGINE_ERROR, "")
    # Whoever asked for the end must not see the job start again because its worker died meanwhile.
    if job.cancel_requested_at is not None and failure.is_retried:
        return states.cancel_running(job)
    if job.attempt < job.max_attempts and (failure.is_retried or containers.tries_again(job, failure)):
        return states.retry(job, failure, outcome.exit_code)
    return states.fail(job, failure, outcome.exit_code)


def _lease_end(*, is_confirmed: bool = True) -> datetime:
    lease = timedelta(seconds=settings.JOB_LEASE_SECONDS)
    return now() + (lease if is_confirmed else min(lease, CONFIRM_WITHIN))


def wake(queue_slug: str) -> None:
    """Only a hint: whoever hears it looks into the table."""
    enqueue_after_commit(RUN_NEXT, queue_slug, queue=queue_slug)
    transaction.on_commit(partial(bell.ring, queue_slug))


def _record_events(job: Job, events: Sequence[EngineEvent]) -> None:
    _append_log(job, "".join(event.text for event in events if isinstance(event, LogText)))
    columns = _columns(job, events)
    if columns:
        Job.objects.filter(pk=job.pk).update(**columns)
    metrics = {
        (name, event.step): value
        for event in events
        if isinstance(event, Metric)
        for name, value in event.values.items()
    }
    for event in events:
        if isinstance(event, Progress) and pace.is_news(job.progress, event.fraction):
            metrics[pace.PROGRESS, int(now().timestamp())] = event.fraction or 0.0
    JobMetric.objects.bulk_create(
        [JobMetric(job=job, name=name, step=step, value=value) for (name, step), value in metrics.items()],
        update_conflicts=True,
        unique_fields=["job", "name", "step"],
        update_fields=["value"],
    )


def _columns(job: Job, events: Sequence[EngineEvent]) -> dict[str, object]:
    columns: dict[str, object] = {}
    for event in events:
        if isinstance(event, Progress):
            columns |= {"progress": event.fraction, "progress_text": event.text}
        elif isinstance(event, Environment):
            environment = columns.get("environment", job.environment)
            assert isinstance(environment, dict)
            columns["environment"] = {**environment, **event.values}
    return columns


def _append_log(job: Job, text: str) -> None:
    kept = logs.within_limit(job.log_length, logs.clean(text))
    if not kept:
        return
    JobLogChunk.objects.bulk_create(
        [JobLogChunk(job=job, attempt=job.attempt, text=part) for part in logs.chunks(kept)]
    )
    Job.objects.filter(pk=job.pk).update(log_length=F("log_length") + len(kept))
