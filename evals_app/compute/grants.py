"""What operators have granted to owners, read together: weights, limits, budgets, reservations."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Q

from evals_app.compute.models import Allowance, Budget, Reservation, RunningLimit
from hub.accounts.models import Namespace
from hub.core.clock import now


@dataclass(slots=True)
class Grants:
    """`lending` is what lent machines add to the weight; reservations are those of now and later."""

    owner: Namespace
    weight: float = 1.0
    lending: float = 0.0
    limits: list[RunningLimit] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    reservations: list[Reservation] = field(default_factory=list)

    @property
    def whole_weight(self) -> float:
        return self.weight + self.lending


def grants_of(owner: Namespace) -> Grants:
    """Four queries. Without a row the weight is 1, and there is no limit."""
    found = _collect(Q(owner=owner))
    return found.get(owner.pk) or Grants(owner)


def all_grants() -> list[Grants]:
    """Of everybody who has any, by name. Four queries, however many there are."""
    return sorted(_collect(Q()).values(), key=lambda grants: grants.owner.name.lower())


def _collect(whose: Q) -> dict[int, Grants]:
    found: dict[int, Grants] = {}

    def of(row: Allowance | RunningLimit | Budget | Reservation) -> Grants:
        return found.setdefault(row.owner_id, Grants(row.owner))

    for allowance in Allowance.objects.filter(whose).select_related("owner"):
        of(allowance).weight = allowance.weight
        of(allowance).lending = allowance.lending_weight
    for limit in RunningLimit.objects.filter(whose).select_related("owner", "queue").order_by("queue__slug"):
        of(limit).limits.append(limit)
    limited = Q(soft_hours__isnull=False) | Q(hard_hours__isnull=False)
    for budget in (
        Budget.objects.filter(whose).filter(limited).select_related("owner").order_by("device_class")
    ):
        of(budget).budgets.append(budget)
    coming = Reservation.objects.filter(whose, ends_at__gt=now()).select_related("owner", "queue")
    for reservation in coming.order_by("starts_at", "pk"):
        of(reservation).reservations.append(reservation)
    return found
