"""Hours an owner may use in a month: what is set, what is used, what was lent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from evals_app.compute import audit
from evals_app.compute.models import Budget, DeviceClass, DeviceTime
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace, Role
from hub.activity import services as activity
from hub.activity.things import Thing
from hub.core.clock import now
from hub.core.errors import InvalidInput
from hub.inbox import services as inbox

HOUR = 3600.0
MOST_HOURS = 1e7
NOTHING = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Account:
    """A month of one owner on one class of devices, in hours; a limit is None where there is none."""

    device_class: DeviceClass
    used: float
    failed: float
    lent: float
    soft: float | None = None
    hard: float | None = None

    @property
    def left(self) -> float | None:
        return None if self.hard is None else max(0.0, self.hard - self.used)

    @property
    def share(self) -> float | None:
        """Of the hard limit, or the soft one where there is no other; more than 1 when it is passed."""
        limit = self.hard or self.soft
        return self.used / limit if limit else None

    @property
    def is_spent(self) -> bool:
        return self.hard is not None and self.used >= self.hard

    @property
    def is_past_soft(self) -> bool:
        return self.soft is not None and self.used >= self.soft


@dataclass(frozen=True, slots=True)
class Strain:
    """An owner that has passed its soft or hard limit of this month."""

    owner: Namespace
    account: Account


@dataclass(frozen=True, slots=True)
class MemberTime:
    member: str
    kind: str
    device_class: DeviceClass
    jobs: int
    hours: float


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    return (month_of(day) + timedelta(days=31)).replace(day=1)


def this_month() -> date:
    return month_of(now().date())


def account_of(owner_id: int, device_class: str, month: date | None = None) -> Account:
    return next(a for a in accounts_of(owner_id, month) if a.device_class == device_class)


def accounts_of(owner_id: int, month: date | None = None) -> list[Account]:
    """One for each class of devices. Three queries."""
    first = month or this_month()
    days = Q(day__gte=first, day__lt=next_month(first))
    own = DeviceTime.objects.filter(days, owner_id=owner_id).order_by().values("device_class")
    rows = own.annotate(
        used=Sum("seconds", filter=Q(is_charged=True), default=0.0),
        failed=Sum("seconds", filter=Q(is_charged=False), default=0.0),
    )
    times = {row["device_class"]: (row["used"], row["failed"]) for row in rows}
    lent = DeviceTime.objects.filter(days, lender_id=owner_id).exclude(owner_id=owner_id).order_by()
    lent_seconds = dict(lent.values_list("device_class").annotate(Sum("seconds")))
    budgets = {budget.device_class: budget for budget in Budget.objects.filter(owner_id=owner_id)}
    return [
        Account(
            class_,
            used=times.get(class_, NOTHING)[0] / HOUR,
            failed=times.get(class_, NOTHING)[1] / HOUR,
            lent=lent_seconds.get(class_, 0.0) / HOUR,
            soft=budget.soft_hours if (budget := budgets.get(class_)) else None,
            hard=budget.hard_hours if budget else None,
        )
        for class_ in DeviceClass
    ]


def strains_of(owners: Iterable[Namespace]) -> list[Strain]:
    """Who of them has passed a limit of this month. One query where nobody has any."""
    by_id = {owner.pk: owner for owner in owners}
    limited = Budget.objects.filter(owner_id__in=list(by_id)).order_by("owner_id").values_list("owner_id")
    return [
        Strain(by_id[owner_id], account)
        for (owner_id,) in limited.distinct()
        for account in accounts_of(owner_id)
        if account.is_spent or account.is_past_soft
    ]


def times_by_member(owner_id: int, month: date | None = None) -> list[MemberTime]:
    """What was charged, most hours first. One query."""
    first = month or this_month()
    rows = (
        DeviceTime.objects.filter(
            owner_id=owner_id, day__gte=first, day__lt=next_month(first), is_charged=True
        )
        .order_by()
        .values("member__username", "kind", "device_class")
        .annotate(time=Sum("seconds"), count=Sum("jobs"))
        .order_by("-time", "member__username", "kind")
    )
    return [
        MemberTime(
            row["member__username"],
            row["kind"],
            DeviceClass(row["device_class"]),
            row["count"],
            row["time"] / HOUR,
        )
        for row in rows
    ]


def spent_owners(
    device_class: str, hard_hours: Mapping[int, float], running_seconds: Mapping[int, float]
) -> set[int]:
    """Those among owners with these hard limits who have reached theirs, with what runs now. One query, and
    none where nobody has a limit."""
    if not hard_hours:
        return set()
    first = this_month()
    used = dict(
        DeviceTime.objects.filter(
            owner_id__in=list(hard_hours), day__gte=first, device_class=device_class, is_charged=True
        )
        .order_by()
        .values_list("owner_id")
        .annotate(Sum("seconds"))
    )
    return {
        owner
        for owner, hours in hard_hours.items()
        if used.get(owner, 0.0) + running_seconds.get(owner, 0.0) >= hours * HOUR
    }


@transaction.atomic
def set_budget(
    owner: Namespace,
    device_class: str,
    *,
    soft_hours: float | None,
    hard_hours: float | None,
    actor: Actor | None = None,
) -> Budget:
    """For operators (`actor` None: on the command line). None lifts a limit; InvalidInput with the field
    for what makes no sense."""
    if device_class not in DeviceClass.values:
        raise InvalidInput(
            f"`device_class` must be one of {', '.join(DeviceClass.values)}.", field="device_class"
        )
    for name, hours in (("soft_hours", soft_hours), ("hard_hours", hard_hours)):
        if hours is not None and not (math.isfinite(hours) and 0 <= hours <= MOST_HOURS):
            raise InvalidInput(
                _("Hours of a month lie from 0 to %(most)d; leave it empty for no limit.")
                % {"most": MOST_HOURS},
                field=name,
            )
    if soft_hours is not None and hard_hours is not None and soft_hours > hard_hours:
        raise InvalidInput(_("The soft limit must not lie above the hard one."), field="soft_hours")
    values: dict[str, object] = {"soft_hours": soft_hours, "hard_hours": hard_hours}
    if not Budget.objects.filter(owner=owner, device_class=device_class, soft_hours=soft_hours).exists():
        values["warned_for"] = None
    budget, _is_new = Budget.objects.update_or_create(owner=owner, device_class=device_class, defaults=values)
    words = {"soft": audit.number(soft_hours), "hard": audit.number(hard_hours)}
    audit.note_owner("budget.set", actor, owner, device_class=device_class.upper(), **words)
    warn_if_soft_limit_reached(owner.pk, device_class)
    return budget


def warn_if_soft_limit_reached(owner_id: int, device_class: str) -> None:
    """Tell the administrators, once a month. One query while there is nothing to tell."""
    month = this_month()
    untold = Budget.objects.filter(
        ~Q(warned_for=month),
        owner_id=owner_id,
        device_class=device_class,
        soft_hours__isnull=False,
    )
    budget = untold.select_related("owner").first()
    if budget is None or not account_of(owner_id, device_class).is_past_soft:
        return
    if not untold.filter(pk=budget.pk).update(warned_for=month):
        return
    owner = budget.owner
    event = activity.record(
        "budget.soft-limit",
        actor=None,
        thing=Thing("namespace", str(owner.pk), owner.name, f"/{owner.name}/dashboard#budget"),
        namespace_id=owner.pk,
        data={"device_class": device_class.upper(), "hours": f"{budget.soft_hours:g}"},
    )
    inbox.notify(_administrators(owner), event.pk)


def _administrators(owner: Namespace) -> list[int]:
    if not owner.is_organization:
        return [owner.user.pk]
    members = accounts.members_of(owner).filter(role=Role.ADMIN)
    return list(members.values_list("user_id", flat=True))


def record_time(
    day: date,
    *,
    owner_id: int,
    member_id: int,
    lender_id: int | None,
    device_class: str,
    kind: str,
    is_charged: bool,
    seconds: float,
) -> None:
    """Add one attempt's device seconds to its row; expects the caller's transaction."""
    key = {
        "day": day,
        "owner_id": owner_id,
        "member_id": member_id,
        "lender_id": lender_id,
        "device_class": device_class,
        "kind": kind,
        "is_charged": is_charged,
    }
    more = {"seconds": F("seconds") + seconds, "jobs": F("jobs") + 1}
    if DeviceTime.objects.filter(**key).update(**more):
        return
    _row, is_new = DeviceTime.objects.get_or_create(**key, defaults={"seconds": seconds, "jobs": 1})
    if not is_new:
        DeviceTime.objects.filter(**key).update(**more)
