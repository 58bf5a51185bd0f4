"""Lists of jobs as pages and the API show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat

from evals_app.compute import shares
from evals_app.jobs import selectors
from evals_app.jobs.models import Job, JobKind, JobState
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.core.errors import InvalidInput
from hub.core.paging import Page, cut


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Empty means any. States and kinds that do not exist are left out; when none is left, any will do.

    `model` is a repository that the job reads or writes; every label must be there.
    """

    states: tuple[str, ...] = ()
    kind: str = ""
    owner: str = ""
    queue: str = ""
    model: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def is_set(self) -> bool:
        return bool(self.states or self.kind or self.owner or self.queue or self.model or self.labels)


@dataclass(frozen=True, slots=True)
class WaitingOwner:
    """`share` is what the owner's weight gives it of the queue among those who run or wait there now."""

    namespace: Namespace
    queue: str
    waiting: int
    running: int
    weight: float
    share: float


def list_jobs(actor: Actor, wanted: JobFilter) -> QuerySet[Job]:
    """Newest first; only what the actor may see."""
    jobs = selectors.jobs_visible_to(actor)
    if states := [state for state in wanted.states if state in JobState.values]:
        jobs = jobs.filter(state__in=states)
    if wanted.kind in JobKind.values:
        jobs = jobs.filter(kind=wanted.kind)
    if wanted.owner:
        jobs = jobs.filter(owner__key=wanted.owner.strip().lower())
    if wanted.queue:
        jobs = jobs.filter(queue__slug=wanted.queue.strip())
    if wanted.model:
        touched = Concat(Cast("reads", TextField()), Cast("writes", TextField()), output_field=TextField())
        jobs = jobs.annotate(touched=touched).filter(touched__icontains=f'"model:{wanted.model.strip()}"')
    for number, (name, value) in enumerate(wanted.labels):
        # Names are people's: as part of a look-up `a__b` would ask something else.
        alias = f"label_{number}"
        label = Cast(KeyTextTransform(name, "labels"), TextField())
        jobs = jobs.alias(**{alias: label}).filter(**{alias: value})
    return jobs


def page_of(jobs: QuerySet[Job], cursor: str, limit: int) -> Page[Job]:
    """Newest first, behind the job that the cursor names: right also while jobs are added in front.
    InvalidInput for a cursor that is none."""
    if cursor:
        jobs = jobs.filter(_behind(cursor))
    rows = list(jobs.order_by("-created_at", "-id")[: limit + 1])
    last = rows[min(limit, len(rows)) - 1] if rows else None
    return cut(rows, limit, f"{last.created_at.isoformat()}_{last.pk}" if last else "")


def _behind(cursor: str) -> Q:
    moment, _, key = cursor.rpartition("_")
    try:
        at, job_id = datetime.fromisoformat(moment), UUID(key)
    except ValueError:
        at, job_id = None, None
    if at is None or at.tzinfo is None:
        raise InvalidInput("The cursor is not one that this hub gave.", field="cursor")
    return Q(created_at__lt=at) | Q(created_at=at, pk__lt=job_id)


def active_jobs(actor: Actor, limit: int = 8) -> list[Job]:
    """Running ones first, then those that wait, in the order they came."""
    jobs = selectors.jobs_visible_to(actor).filter(state__in=[JobState.RUNNING, JobState.QUEUED])
    return list(jobs.order_by("-state", "queued_at")[:limit])


def jobs_of_person(actor: Actor, limit: int = 6) -> list[Job]:
    """The newest jobs of the namespaces the person belongs to."""
    return list(selectors.jobs_visible_to(actor).filter(owner_id__in=list(actor.roles))[:limit])


def waiting_by_owner() -> list[WaitingOwner]:
    """How many jobs of each owner wait and run on each queue. Numbers only: private jobs count too."""
    rows = (
        Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING])
        .order_by()
        .values("owner_id", "queue__slug", "state")
        .annotate(jobs=Count("pk"))
    )
    counts: dict[tuple[int, str], dict[str, int]] = {}
    for row in rows:
        counts.setdefault((row["owner_id"], row["queue__slug"]), {})[row["state"]] = row["jobs"]
    owners = Namespace.objects.in_bulk({owner for owner, _queue in counts})
    weights = shares.weights_of(owners)
    totals: dict[str, float] = {}
    for owner, queue in counts:
        totals[queue] = totals.get(queue, 0.0) + weights[owner]
    return sorted(
        (
            WaitingOwner(
                owners[owner],
                queue,
                found.get(JobState.QUEUED, 0),
                found.get(JobState.RUNNING, 0),
                weights[owner],
                weights[owner] / totals[queue],
            )
            for (owner, queue), found in counts.items()
        ),
        key=lambda row: (-row.waiting - row.running, row.namespace.key),
    )
