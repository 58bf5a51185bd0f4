"""What a namespace's jobs used: device time by kind and member, energy, cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from evals_app.jobs.accounting import EnergyBasis
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


@dataclass(frozen=True, slots=True)
class Spent:
    """Energy and cost of jobs created since a moment; costs by currency, as (currency, amount)."""

    energy_joules: float
    is_estimated: bool
    costs: list[tuple[str, Decimal]]


def spent_since(owner_id: int, since: datetime) -> Spent:
    """One query; what was not measured counts nothing. For those who may see inside the namespace."""
    rows = (
        Job.objects.filter(owner_id=owner_id, created_at__gte=since)
        .order_by()
        .values("currency")
        .annotate(
            joules=Sum("energy_joules"),
            estimated=Count("pk", filter=~Q(energy_basis__in=["", EnergyBasis.MEASURED])),
            amount=Sum("cost"),
        )
        .order_by("currency")
    )
    found = list(rows)
    return Spent(
        energy_joules=sum(row["joules"] or 0.0 for row in found),
        is_estimated=any(row["estimated"] for row in found),
        costs=[(row["currency"], row["amount"]) for row in found if row["currency"] and row["amount"]],
    )


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
