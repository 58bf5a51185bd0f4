"""Device time of a namespace's jobs: by kind, by member, by state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Sum

from evals_app.jobs.models import Job, JobKind


@dataclass(frozen=True, slots=True)
class Share:
    """Jobs and their wall time on a device, in seconds, over all attempts."""

    label: str
    jobs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class NamespaceUsage:
    """Of jobs created since a moment; `by_kind` and `by_member` are ordered by time, largest first."""

    jobs: int
    seconds: float
    by_kind: list[Share]
    by_member: list[Share]


def usage_since(owner_id: int, since: datetime) -> NamespaceUsage:
    """Two queries. For those who may see inside the namespace: private jobs count too."""
    by_kind = [
        Share(str(JobKind(share.label).label), share.jobs, share.seconds)
        for share in _shares(owner_id, since, "kind")
    ]
    return NamespaceUsage(
        jobs=sum(share.jobs for share in by_kind),
        seconds=sum(share.seconds for share in by_kind),
        by_kind=by_kind,
        by_member=_shares(owner_id, since, "submitted_by__username"),
    )


def _shares(owner_id: int, since: datetime, field: str) -> list[Share]:
    rows = (
        Job.objects.filter(owner_id=owner_id, created_at__gte=since)
        .order_by()
        .values(label=F(field))
        .annotate(jobs=Count("pk"), seconds=Sum("compute_seconds"))
        .order_by("-seconds", "label")
    )
    return [Share(row["label"], row["jobs"], row["seconds"] or 0.0) for row in rows]
