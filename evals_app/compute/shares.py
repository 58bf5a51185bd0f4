"""Where owners stand in a queue, and what an operator grants them: weights, limits, reservations."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from evals_app.compute import audit, budgets, fairshare, holding, standing_rows
from evals_app.compute import selectors as compute
from evals_app.compute.fairshare import Claimant, Situation
from evals_app.compute.models import (
    Allowance,
    DeviceClass,
    DeviceTime,
    Queue,
    Reservation,
    RunningLimit,
    Standing,
    Worker,
)
from evals_app.compute.standing_rows import Owners
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.core.clock import now
from hub.core.errors import InvalidInput, NotFound

MOST_WEIGHT = 1000.0
# Older lending has all but faded: an eighth of a weight for each 100 hours.
LENDING_DAYS = 90


@dataclass(frozen=True, slots=True)
class Running:
    """A job that holds a slot: whose, on what, how long already."""

    queue_id: int
    device_class: str
    owner_id: int
    worker_id: UUID | None
    devices: int
    seconds: float

    def slots_on(self, worker: Worker | None) -> int:
        """How many of its worker's slots it takes; `worker` is None for one that is not there any more."""
        has_slots = worker is not None and bool(worker.slots)
        return holding.slots_of_job(self.device_class, self.devices, has_slots=has_slots)


@dataclass(frozen=True, slots=True)
class Held:
    """What owners hold at the moment: how many jobs on slots of one queue, and all that runs anywhere, which
    is asked for only where somebody has a limit or a reservation."""

    counts: Mapping[int, int]
    running: Callable[[], Sequence[Running]]

    @classmethod
    def among(cls, running: Iterable[Running], queue: Queue) -> Held:
        held = list(running)
        return cls(Counter(job.owner_id for job in held if job.queue_id == queue.pk), lambda: held)


@dataclass(frozen=True, slots=True)
class Standings:
    """Everything that the choice in one queue looks at."""

    situation: Situation
    claimants: dict[int, Claimant]
    # The mean of what jobs of the queue took lately; None before the first one ended.
    typical_seconds: float | None


# --- Reads ------------------------------------------------------------------------------------------


def standings(queue: Queue, owners: Owners, held: Held, workers: Sequence[Worker] | None = None) -> Standings:
    """Few queries, however many owners and jobs there are. The slots of the `workers` that serve the queue
    are counted where they are given, or reservations need it."""
    rows = standing_rows.of(queue, owners)
    reservations: list[Reservation] = []
    if rows and rows[0].reservations:
        reservations = list(current_reservations(queue))
    if workers is None and reservations:
        workers = compute.serving_workers(queue.slug)
    # Without reservations nobody asks for more than the slot that is free.
    counts = held.counts
    free, taken = 1, counts
    if workers is not None:
        free, taken = _slots(queue, workers, held.running())
    reserved = _reserved(reservations, sum(map(compute.slots_on, workers or ())))
    hours = {row.owner_id: row.hard_hours for row in rows if row.hard_hours is not None}
    seconds = seconds_on(queue.device_class, held.running()) if hours else {}
    spent = budgets.spent_owners(queue.device_class, hours, seconds) if hours else set()
    usual = rows[0].usual_seconds if rows else None
    claimants = {
        row.owner_id: Claimant(
            row.owner_id,
            turn=row.turn or 0.0,
            weight=1.0 if row.weight is None else row.weight + row.lending_weight,
            served_at=row.served_at,
            typical_seconds=row.typical_seconds or usual or fairshare.UNKNOWN_SECONDS,
            running=counts.get(row.owner_id, 0),
            most_running=row.most_running,
            reserved=reserved.get(row.owner_id, 0),
            taken=taken.get(row.owner_id, 0),
            is_budget_spent=row.owner_id in spent,
        )
        for row in rows
    }
    situation = Situation(
        turn=queue.turn,
        free=free,
        unfilled={owner: max(0, kept - taken.get(owner, 0)) for owner, kept in reserved.items()},
    )
    return Standings(situation, claimants, usual)


def _slots(queue: Queue, workers: Iterable[Worker], running: Iterable[Running]) -> tuple[int, Counter[int]]:
    """How many slots of these workers are free, and how many each owner's jobs of the queue take."""
    known = {worker.pk: worker for worker in workers}
    taken: Counter[int] = Counter()
    for job in running:
        if job.queue_id == queue.pk:
            taken[job.owner_id] += job.slots_on(known.get(job.worker_id) if job.worker_id else None)
    return sum(free_slots(known.values(), running).values()), taken


def free_slots(workers: Iterable[Worker], running: Iterable[Running]) -> dict[UUID, int]:
    """Of each worker, whatever queue the jobs on it came from."""
    known = {worker.pk: worker for worker in workers}
    busy: Counter[UUID] = Counter()
    for job in running:
        if job.worker_id is not None and (worker := known.get(job.worker_id)):
            busy[job.worker_id] += job.slots_on(worker)
    return {key: max(0, compute.slots_on(worker) - busy[key]) for key, worker in known.items()}


def weights_of(owner_ids: Iterable[int]) -> dict[int, float]:
    owners = list(owner_ids)
    rows = Allowance.objects.filter(owner_id__in=owners)
    given = {row.owner_id: row.weight + row.lending_weight for row in rows}
    return {owner: given.get(owner, 1.0) for owner in owners}


def seconds_on(device_class: str, running: Iterable[Running]) -> dict[int, float]:
    seconds: dict[int, float] = {}
    for job in running:
        if job.device_class == device_class:
            seconds[job.owner_id] = seconds.get(job.owner_id, 0.0) + job.seconds * job.devices
    return seconds


def _reserved(reservations: Iterable[Reservation], slots: int) -> dict[int, int]:
    kept: dict[int, int] = {}
    for row in reservations:
        kept[row.owner_id] = kept.get(row.owner_id, 0) + fairshare.reserved_slots(row.share, slots)
    return kept


def current_reservations(queue: Queue, moment: datetime | None = None) -> QuerySet[Reservation]:
    at = moment or now()
    return Reservation.objects.filter(queue=queue, starts_at__lte=at, ends_at__gt=at)


# --- What starts and ends of jobs write; all expect the caller's transaction --------------------------


def note_start(queue: Queue, claimant: Claimant, situation: Situation, charge: float) -> None:
    """Move the queue's clock to the turn that is served, and the owner's on by the charge."""
    turn = fairshare.start_of(claimant, situation)
    if turn > situation.turn:
        Queue.objects.filter(pk=queue.pk).update(turn=turn)
    key, moment = {"queue": queue, "owner_id": claimant.owner_id}, now()
    if not Standing.objects.filter(**key).update(turn=Greatest(F("turn"), turn) + charge, served_at=moment):
        Standing.objects.create(**key, turn=turn + charge, served_at=moment)


def note_end(
    queue: Queue, owner_id: int, *, charge: float, seconds: float, devices: int, is_typical: bool
) -> None:
    """Put right what the start could only expect. `seconds` on the slot, of an attempt that tells how
    long such jobs take if `is_typical`."""
    row = Standing.objects.filter(queue=queue, owner_id=owner_id).first()
    if row is None:
        return
    moved = fairshare.corrected(charge, seconds * devices, weights_of([owner_id])[owner_id])
    values: dict[str, object] = {"turn": F("turn") + moved}
    if is_typical:
        values["typical_seconds"] = fairshare.typical(row.typical_seconds, seconds)
    Standing.objects.filter(pk=row.pk).update(**values)


# --- What operators grant ----------------------------------------------------------------------------


@transaction.atomic
def set_weight(owner: Namespace, weight: float, *, actor: Actor | None = None) -> Allowance:
    """`actor` here and below: who decided it, for the record; None is the operator's command line."""
    if not (math.isfinite(weight) and 0 < weight <= MOST_WEIGHT):
        raise InvalidInput(
            _("A weight lies above 0 and is at most %(most)d.") % {"most": MOST_WEIGHT}, field="weight"
        )
    audit.note_owner("compute.weight", actor, owner, weight=f"{weight:g}")
    return Allowance.objects.update_or_create(owner=owner, defaults={"weight": weight})[0]


@transaction.atomic
def set_running_limit(
    owner: Namespace, queue: Queue, most: int | None, *, actor: Actor | None = None
) -> None:
    """None lifts the limit; 0 lets nothing run."""
    rows = RunningLimit.objects.filter(owner=owner, queue=queue)
    if most is None:
        if rows.delete()[0]:
            audit.note_owner("compute.limit-lifted", actor, owner, queue=queue.slug)
        return
    if most < 0:
        raise InvalidInput(_("The number of running jobs must be 0 or more, or empty."), field="most_running")
    RunningLimit.objects.update_or_create(owner=owner, queue=queue, defaults={"most": most})
    audit.note_owner("compute.limit", actor, owner, queue=queue.slug, most=most)


@transaction.atomic
def reserve(
    owner: Namespace,
    queue: Queue,
    share: float,
    starts_at: datetime,
    ends_at: datetime,
    *,
    actor: Actor | None = None,
) -> Reservation:
    """Keep a share of the slots. InvalidInput when the window is none, or more than all would be kept."""
    if not (math.isfinite(share) and 0 < share <= 1):
        raise InvalidInput(_("The share must lie above 0 and be at most 1 (all slots)."), field="share")
    if ends_at <= max(starts_at, now()):
        raise InvalidInput(_("The end must lie behind the start, and ahead of now."), field="ends_at")
    Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    beside = Reservation.objects.filter(queue=queue, starts_at__lt=ends_at, ends_at__gt=starts_at)
    taken = beside.aggregate(Sum("share"))["share__sum"] or 0.0
    if taken + share > 1 + 1e-9:
        raise InvalidInput(
            _("%(taken)s of %(queue)s is kept already in this window; at most %(left)s is left.")
            % {"taken": f"{taken:.0%}", "queue": queue.slug, "left": f"{1 - taken:.0%}"},
            field="share",
        )
    words = {"queue": queue.slug, "share": f"{share:.0%}", "until": f"{ends_at:%Y-%m-%d %H:%M}"}
    audit.note_owner("reservation.made", actor, owner, **words)
    return Reservation.objects.create(
        owner=owner, queue=queue, share=share, starts_at=starts_at, ends_at=ends_at
    )


@transaction.atomic
def release(reservation_id: int, *, actor: Actor | None = None) -> Namespace:
    """End a reservation; returns whose it was."""
    found = Reservation.objects.select_related("owner", "queue").filter(pk=reservation_id).first()
    if found is None or not found.delete()[0]:
        raise NotFound(f"There is no reservation {reservation_id}.")
    audit.note_owner("reservation.ended", actor, found.owner, queue=found.queue.slug)
    return found.owner


def refresh_lending_weights() -> None:
    """Compute what each owner's lending adds, anew: it fades with the days. Safe to repeat."""
    today = now().date()
    rows = (
        DeviceTime.objects.filter(
            lender__isnull=False,
            device_class=DeviceClass.GPU,
            day__gte=today - timedelta(days=LENDING_DAYS),
        )
        # What one's own machines do for oneself is no loan.
        .exclude(lender_id=F("owner_id"))
        .order_by()
        .values_list("lender_id", "day")
        .annotate(Sum("seconds"))
    )
    lent: dict[int, list[tuple[float, float]]] = {}
    for lender, day, seconds in rows:
        assert lender is not None
        lent.setdefault(lender, []).append((float((today - day).days), seconds / budgets.HOUR))
    Allowance.objects.exclude(owner_id__in=list(lent)).exclude(lending_weight=0).update(lending_weight=0.0)
    for owner, parts in lent.items():
        Allowance.objects.update_or_create(
            owner_id=owner, defaults={"lending_weight": fairshare.lending_weight(parts)}
        )
