"""Lists of jobs as pages and the API show them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from evals_app.jobs import selectors
from evals_app.jobs.models import Job, JobKind, JobState
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Empty means any. A state or kind that does not exist is taken as any."""

    state: str = ""
    kind: str = ""
    owner: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.state or self.kind or self.owner)


@dataclass(frozen=True, slots=True)
class WaitingOwner:
    namespace: Namespace
    queue: str
    waiting: int
    running: int


def list_jobs(actor: Actor, wanted: JobFilter) -> QuerySet[Job]:
    """Newest first; only what the actor may see."""
    jobs = selectors.jobs_visible_to(actor)
    if wanted.state in JobState.values:
        jobs = jobs.filter(state=wanted.state)
    if wanted.kind in JobKind.values:
        jobs = jobs.filter(kind=wanted.kind)
    if wanted.owner:
        jobs = jobs.filter(owner__key=wanted.owner.strip().lower())
    return jobs


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
    return sorted(
        (
            WaitingOwner(owners[owner], queue, found.get(JobState.QUEUED, 0), found.get(JobState.RUNNING, 0))
            for (owner, queue), found in counts.items()
        ),
        key=lambda row: (-row.waiting - row.running, row.namespace.key),
    )
