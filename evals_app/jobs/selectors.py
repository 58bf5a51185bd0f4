"""Reads of jobs. What the actor may not see does not exist here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from evals_app.catalog import endpoints
from evals_app.catalog.models import ExternalEndpoint
from evals_app.jobs import pace, policies
from evals_app.jobs.models import Job, JobLogChunk, JobMetric, JobState, JobTransition
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor, Reach
from hub.core.clock import now
from hub.core.errors import NotFound


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


def latest_sample(job: Job) -> tuple[int, dict[str, float]]:
    """What was last seen of its machine, and when (0: never). Two queries."""
    seen = JobMetric.objects.filter(job=job, name="system/cpu_percent")
    at = seen.order_by("-step").values_list("step", flat=True).first()
    if at is None:
        return 0, {}
    rows = JobMetric.objects.filter(job=job, step=at, name__startswith="system/")
    return at, dict(rows.values_list("name", "value"))


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


def unfinished_among(job_ids: Iterable[UUID]) -> set[UUID]:
    rows = Job.objects.filter(pk__in=list(job_ids), state__in=[JobState.QUEUED, JobState.RUNNING])
    return set(rows.values_list("pk", flat=True))


def has_unfinished(schedule_id: UUID) -> bool:
    """Whether a job that came of the schedule still waits or runs."""
    waiting_or_running = [JobState.QUEUED, JobState.RUNNING]
    return Job.objects.filter(schedule_id=schedule_id, state__in=waiting_or_running).exists()


def busy_worker_ids() -> set[UUID]:
    rows = Job.objects.filter(state=JobState.RUNNING, worker_id__isnull=False)
    return set(rows.values_list("worker_id", flat=True))


def endpoint_of_running(actor: Actor, job_id: UUID) -> ExternalEndpoint:
    """What a running job may call, for the job's own token alone; NotFound for everybody else."""
    token = actor.token
    job = Job.objects.filter(pk=job_id, state=JobState.RUNNING).select_related("submitted_by").first()
    if job is None or token is None or token.job_id != job.pk or "endpoint" not in job.spec:
        raise NotFound
    return endpoints.get_for(accounts.actor_for_user(job.submitted_by), job.spec["endpoint"]["id"])
