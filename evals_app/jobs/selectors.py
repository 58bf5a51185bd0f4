"""Reads of jobs. What the actor may not see does not exist here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from evals_app.compute import selectors as compute
from evals_app.compute.fairshare import Usage, Waiting
from evals_app.jobs import pace, policies
from evals_app.jobs.models import Job, JobLogChunk, JobMetric, JobState, JobTransition
from hub.accounts.actors import Actor, Reach
from hub.core.clock import now
from hub.core.errors import NotFound

USAGE_WINDOW = timedelta(days=7)


def jobs_visible_to(actor: Actor) -> QuerySet[Job]:
    """Newest first, with what a row of a list shows."""
    jobs = Job.objects.select_related("owner", "submitted_by", "queue", "worker").order_by(
        "-created_at", "-id"
    )
    if actor.is_operator:
        return jobs
    names = _readable_namespaces(actor)
    return jobs.filter(Q(is_private=False) | Q(owner_id__in=names))


def _readable_namespaces(actor: Actor) -> list[int]:
    """Every role includes reading; a fine-grained token must also name the namespace."""
    if actor.token is None or actor.reach_on_namespace("") >= Reach.READ:
        return list(actor.roles)
    granted = {
        grant["on"].removeprefix("namespace:").lower()
        for grant in actor.token.grants
        if grant["on"].startswith("namespace:") and actor.reach_on_namespace(grant["on"][10:]) >= Reach.READ
    }
    from hub.accounts.models import Namespace

    return list(
        Namespace.objects.filter(pk__in=list(actor.roles), key__in=granted).values_list("pk", flat=True)
    )


def get_job_for(actor: Actor, job_id: UUID | str) -> Job:
    """NotFound for a job that is missing or private to others."""
    try:
        wanted = UUID(str(job_id))
    except ValueError:
        raise NotFound(f"There is no job {job_id!s:.60}.") from None
    job = Job.objects.select_related("owner", "submitted_by", "queue", "worker").filter(pk=wanted).first()
    if job is None or not policies.may_see(actor, job):
        raise NotFound(f"There is no job {wanted}.")
    return job


def all_jobs() -> QuerySet[Job]:
    """Newest first; for the operator's command line and the hub's own chores, which see everything."""
    return Job.objects.select_related("owner", "submitted_by__namespace", "queue").order_by(
        "-created_at", "-id"
    )


def log_after(job: Job, chunk_id: int = 0, *, limit: int = 200) -> list[JobLogChunk]:
    """Log chunks behind the one the reader has, oldest first."""
    return list(JobLogChunk.objects.filter(job=job, pk__gt=chunk_id).order_by("pk")[:limit])


def metrics_of(job: Job) -> dict[str, list[tuple[int, float]]]:
    """Each reported metric as (step, value), in order of steps."""
    series: dict[str, list[tuple[int, float]]] = {}
    rows = JobMetric.objects.filter(job=job).order_by("name", "step").values_list("name", "step", "value")
    for name, step, value in rows:
        series.setdefault(name, []).append((step, value))
    return series


def remaining_seconds(job: Job) -> float | None:
    """How long a running job will still take, if its pace tells. One query."""
    if job.state != JobState.RUNNING or job.started_at is None:
        return None
    begun = int(job.started_at.timestamp())
    points = JobMetric.objects.filter(job=job, name=pace.PROGRESS, step__gte=begun).order_by("step")
    return pace.remaining_seconds(list(points.values_list("step", "value")), now().timestamp())


def metric_rows(job: Job) -> Iterator[tuple[str, int, float, datetime]]:
    """Everything reported, without holding it all."""
    rows = JobMetric.objects.filter(job=job).order_by("name", "step")
    return rows.values_list("name", "step", "value", "at").iterator(chunk_size=2_000)


def transitions_of(job: Job) -> list[JobTransition]:
    return list(JobTransition.objects.filter(job=job).order_by("id"))


def counts_by_state(jobs: QuerySet[Job]) -> dict[str, int]:
    rows = jobs.order_by().values_list("state").annotate(n=Count("pk"))
    return {state: n for state, n in rows}  # noqa: C416 - values_list rows are not pairs to the checker


def compute_seconds_of(owner_id: int) -> float:
    """All device time the owner's jobs took, in seconds."""
    return Job.objects.filter(owner_id=owner_id).aggregate(total=Sum("compute_seconds"))["total"] or 0.0


# --- Who is next ------------------------------------------------------------------------------------


def first_waiting_of_each_owner(queue_slugs: Iterable[str]) -> list[Waiting]:
    """One row an owner, however many jobs wait: within an owner the order is fixed."""
    heads = (
        Job.objects.filter(state=JobState.QUEUED, queue__slug__in=list(queue_slugs), queue__is_paused=False)
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=F("owner_id"),
                order_by=[F("priority").desc(), F("queued_at").asc(), F("id").asc()],
            )
        )
        .filter(place=1)
    )
    return [Waiting(*row) for row in heads.values_list("pk", "owner_id", "priority", "queued_at")]


def usage_of(owner_ids: Iterable[int]) -> dict[int, Usage]:
    """Device time of the last seven days, that of running jobs included. Two queries."""
    owners, moment = list(owner_ids), now()
    jobs = Job.objects.filter(owner_id__in=owners).order_by()
    rows = jobs.values_list("owner_id").annotate(
        seconds=Sum("compute_seconds", filter=Q(created_at__gte=moment - USAGE_WINDOW)),
        last=Max("started_at"),
    )
    spent = {owner: (seconds or 0.0, last) for owner, seconds, last in rows}
    running = jobs.filter(state=JobState.RUNNING, started_at__isnull=False)
    for owner, since in running.values_list("owner_id", "started_at"):
        assert since is not None
        seconds, last = spent[owner]
        spent[owner] = (seconds + (moment - since).total_seconds(), last)
    return {owner: Usage(seconds, last) for owner, (seconds, last) in spent.items()}


def waiting_queues() -> set[str]:
    """Queues that are not paused and have waiting jobs."""
    return set(
        Job.objects.filter(state=JobState.QUEUED, queue__is_paused=False)
        .order_by()
        .values_list("queue__slug", flat=True)
        .distinct()
    )


def unfinished_among(job_ids: Iterable[UUID]) -> set[UUID]:
    rows = Job.objects.filter(pk__in=list(job_ids), state__in=[JobState.QUEUED, JobState.RUNNING])
    return set(rows.values_list("pk", flat=True))


def busy_worker_ids() -> set[UUID]:
    rows = Job.objects.filter(state=JobState.RUNNING, worker_id__isnull=False)
    return set(rows.values_list("worker_id", flat=True))


class WaitingCode(StrEnum):
    NOT_WAITING = "not-waiting"
    QUEUE_PAUSED = "queue-paused"
    NO_WORKER = "no-worker"
    WORKERS_BUSY = "workers-busy"
    STARTING = "starting"


@dataclass(frozen=True, slots=True)
class WaitingReason:
    """Why a job does not run yet; `ahead` counts the waiting jobs of its queue that are older."""

    code: WaitingCode
    text: str
    ahead: int = 0


def waiting_reason(job: Job) -> WaitingReason:
    """A queued job always has a stated reason. At most four queries."""
    if job.state != JobState.QUEUED:
        return WaitingReason(WaitingCode.NOT_WAITING, "")
    queue, ahead = job.queue.slug, _ahead_of(job)
    if job.queue.is_paused:
        text = _("The queue “%(queue)s” is paused; an operator has to resume it.") % {"queue": queue}
        return WaitingReason(WaitingCode.QUEUE_PAUSED, text, ahead)
    workers = compute.live_workers(queue)
    if not workers:
        text = _("No worker serves the queue “%(queue)s” at the moment.") % {"queue": queue}
        return WaitingReason(WaitingCode.NO_WORKER, text, ahead)
    if {worker.pk for worker in workers} <= busy_worker_ids():
        text = _("All workers are busy; %(ahead)d older jobs wait in this queue.") % {"ahead": ahead}
        return WaitingReason(WaitingCode.WORKERS_BUSY, text, ahead)
    return WaitingReason(WaitingCode.STARTING, _("A worker is about to take it."), ahead)


def _ahead_of(job: Job) -> int:
    return Job.objects.filter(
        state=JobState.QUEUED, queue_id=job.queue_id, queued_at__lt=job.queued_at
    ).count()
