"""What a job used and what it cost, once an attempt has ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from evals_app.jobs.models import Job, JobMetric, JobState

ENERGY = "system/energy_joules"
ESTIMATED = "estimate"


class EnergyBasis(models.TextChoices):
    """How an amount of energy came about."""

    MEASURED = "measured", _("measured")
    PARTLY = "partly", _("partly estimated")
    ESTIMATE = "estimate", _("estimated")


@dataclass(frozen=True, slots=True)
class Price:
    """Of one device for one hour."""

    amount: Decimal
    currency: str


def price_of(queue_slug: str) -> Price | None:
    """What the operator set; None for a queue without a price."""
    found = settings.QUEUE_PRICES.get(queue_slug)
    return Price(*found) if found else None


def settle(job_id: UUID) -> None:
    """Write energy and cost of all attempts so far into the row. Two queries and a write; again is no
    error. Work that failed or was cancelled used energy, but costs nothing."""
    job = Job.objects.select_related("queue").get(pk=job_id)
    rows = JobMetric.objects.filter(job=job, name=ENERGY).order_by("step")
    readings = list(rows.values_list("value", flat=True))
    columns: dict[str, object] = {}
    if readings:
        machine = job.environment.get("machine") or {}
        columns["energy_joules"] = increase(readings)
        columns["energy_basis"] = basis_of(machine.get("energy_sources") or [ESTIMATED])
    if price := price_of(job.queue.slug):
        hours = job.compute_seconds * job.needs_devices / 3600
        is_charged = job.state not in (JobState.FAILED, JobState.CANCELLED)
        columns["cost"] = round(price.amount * Decimal(hours), 6) if is_charged else Decimal(0)
        columns["currency"] = price.currency
    if columns:
        Job.objects.filter(pk=job_id).update(**columns)


def increase(readings: Sequence[float]) -> float:
    """How far a counter went that begins again from nothing at every attempt."""
    total, before = 0.0, 0.0
    for reading in readings:
        total += reading - before if reading >= before else reading
        before = reading
    return total


def basis_of(sources: Iterable[str]) -> EnergyBasis:
    """`nvml-…` and `rapl-…` are counters of the hardware."""
    estimated = [source == ESTIMATED for source in sources]
    if all(estimated):
        return EnergyBasis.ESTIMATE
    return EnergyBasis.PARTLY if any(estimated) else EnergyBasis.MEASURED
