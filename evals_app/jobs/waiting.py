"""Why a job does not run yet, its place as fair share would serve it, and when it may start."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evals_app.compute import fairshare, holding, requirements, shares
from evals_app.compute import selectors as compute
from evals_app.compute.fairshare import Claimant, Hindrance
from evals_app.compute.models import Queue, Worker
from evals_app.compute.requirements import Needs
from evals_app.compute.shares import Held, Running, Standings
from evals_app.compute.standing_rows import Owners
from evals_app.jobs import containers, eligibility, turns, words
from evals_app.jobs.models import Job, JobState
from hub.core.clock import now


class WaitingCode(StrEnum):
    NOT_WAITING = "not-waiting"
    QUEUE_PAUSED = "queue-paused"
    NO_WORKER = "no-worker"
    NO_FITTING_WORKER = "no-fitting-worker"
    NOT_OPEN = "not-open"
    BACK_OFF = "back-off"
    BUDGET = "budget"
    RUNNING_LIMIT = "running-limit"
    RESERVATION = "reservation"
    DEVICES = "devices"
    HELD = "held"
    TURN = "turn"
    STARTING = "starting"
    NO_OWN_WORKER = "no-own-worker"


@dataclass(frozen=True, slots=True)
class Waiting:
    """`place` counts from 1 and is empty for a job that does not wait; `starts_in`, in seconds, is
    empty when nothing honest can be said."""

    code: WaitingCode
    text: str
    place: int | None = None
    starts_in: float | None = None


# Jobs for which devices are held back that are looked at, for a sentence to others.
MOST_HELD_FOR = 20

NOT_WAITING = Waiting(WaitingCode.NOT_WAITING, "")


def waiting_reason(job: Job) -> Waiting:
    """A queued job always has a stated reason."""
    return waiting_reasons([job])[job.pk]


def waiting_reasons(jobs: Collection[Job]) -> dict[UUID, Waiting]:
    """For lists: about ten queries for each queue that occurs, however many jobs."""
    reasons = {job.pk: NOT_WAITING for job in jobs}
    waiting = [job for job in jobs if job.state == JobState.QUEUED]
    if not waiting:
        return reasons
    before, running = _own_jobs_before(waiting), turns.running_now()
    for queue in {job.queue_id: job.queue for job in waiting}.values():
        view = _look_at(queue, running)
        here = [job for job in waiting if job.queue_id == queue.pk]
        reasons |= {job.pk: _reason(job, view, before.get(job.pk, 0)) for job in here}
    return reasons


@dataclass(frozen=True, slots=True)
class _View:
    """A queue as its waiting jobs see it."""

    queue: Queue
    workers: list[Worker]
    trust: set[tuple[int, int]]
    standings: Standings
    waiting: dict[int, int]
    running_for: list[float]
    slots: int
    typical_seconds: float | None
    # Of each worker, by its id.
    free: dict[UUID, int]
    # Workers that hold back what is free of them, each with the owner for whose job.
    holders: list[tuple[UUID, int]]

    def able(self, job: Job) -> list[Worker]:
        """Those that could run the job once nothing else runs there."""
        return [w for w in self.workers if eligibility.may_run(w, job, self.queue, self.trust)]

    def has_room(self, job: Job) -> bool:
        return any(
            self.free[worker.pk]
            >= holding.slots_of_job(self.queue.device_class, job.needs_devices, has_slots=bool(worker.slots))
            for worker in self.able(job)
        )

    def held_before(self, owner_id: int) -> int:
        """Free slots that are kept for jobs whose turn comes before the owner's."""
        order = [
            c.owner_id for c in fairshare.order(self.standings.claimants.values(), self.standings.situation)
        ]
        ahead = order[: order.index(owner_id) + 1] if owner_id in order else order
        return sum(self.free[worker] for worker in {w for w, owner in self.holders if owner in ahead})


def _look_at(queue: Queue, running: list[Running]) -> _View:
    rows = turns.waiting_in(queue).order_by().values_list("owner_id").annotate(Count("pk"))
    waiting = dict(rows)
    workers = compute.serving_workers(queue.slug)
    slots = sum(map(compute.slots_on, workers))
    standings = shares.standings(queue, Owners.known(waiting), Held.among(running, queue), workers)
    view = _View(
        queue,
        workers,
        eligibility.trust_in(worker.worker_pass for worker in workers),
        standings,
        waiting,
        [job.seconds for job in running if job.queue_id == queue.pk],
        slots,
        standings.typical_seconds,
        shares.free_slots(workers, running),
        [],
    )
    view.holders.extend(_holders(view))
    return view


def _holders(view: _View) -> Iterator[tuple[UUID, int]]:
    """One query where some of a machine with several slots is free, and some is not; else none."""
    if not any(0 < view.free[worker.pk] < len(worker.slots) for worker in view.workers):
        return
    wide = turns.ready(turns.waiting_in(view.queue)).filter(turns.has_waited(), needs_devices__gt=1)
    for job in wide.order_by("queued_at")[:MOST_HELD_FOR]:
        if not view.has_room(job):
            holder = eligibility.holder_among(view.able(job), view.free)
            if holder is not None:
                yield holder, job.owner_id


def _own_jobs_before(jobs: list[Job]) -> dict[UUID, int]:
    """How many of the owner's jobs in the queue come before each; counted along the index."""
    own = Job.objects.filter(
        state=JobState.QUEUED, queue=OuterRef("queue"), owner=OuterRef("owner")
    ).order_by()
    same = Q(priority=OuterRef("priority"))
    rows = Job.objects.filter(pk__in=[job.pk for job in jobs]).annotate(
        higher=_count(own.filter(priority__gt=OuterRef("priority"))),
        older=_count(own.filter(same, queued_at__lt=OuterRef("queued_at"))),
        beside=_count(own.filter(same, queued_at=OuterRef("queued_at"), id__lt=OuterRef("id"))),
    )
    return dict(rows.annotate(before=F("higher") + F("older") + F("beside")).values_list("pk", "before"))


def _count(jobs: QuerySet[Job]) -> Coalesce:
    return Coalesce(Subquery(jobs.values("owner").annotate(n=Count("pk")).values("n")), 0)


def _reason(job: Job, view: _View, before: int) -> Waiting:
    mine = view.standings.claimants.get(job.owner_id) or Claimant(job.owner_id)
    place = _place(mine, before, view)
    for say in (_no_own_machine, _no_machine, _back_off, _hindered):
        if told := say(job, view, mine, place):
            return told
    starts_in = _starts_in(place, view)
    free = view.standings.situation.free
    if job.needs_devices > 1 and free and not view.has_room(job):
        return Waiting(WaitingCode.DEVICES, _too_few_together(job), place, None)
    if place <= free - view.held_before(job.owner_id):
        return Waiting(WaitingCode.STARTING, _("A worker is about to take it."), place, 0.0)
    if place <= free:
        text = _("The free devices of “%(queue)s” are kept for a job that needs several of them together.")
        return Waiting(WaitingCode.HELD, text % {"queue": view.queue.slug}, place, None)
    text = _("All slots of the queue “%(queue)s” are taken.") % {"queue": view.queue.slug}
    return Waiting(WaitingCode.TURN, text, place, starts_in)


def _too_few_together(job: Job) -> str:
    facts = {"needs": Needs(job.needs_devices, job.needs_memory_bytes)}
    kept_from = job.queued_at + timedelta(seconds=settings.JOB_HOLD_AFTER_SECONDS)
    if kept_from <= now():
        text = _(
            "It needs %(needs)s of one machine together. When it is its turn, what gets free of one is kept "
            "for it until that is enough."
        )
        return text % facts
    text = _(
        "It needs %(needs)s of one machine together, and no machine has as much free. From %(time)s UTC on, "
        "what gets free of one is kept for it when it is its turn."
    )
    return text % {**facts, "time": f"{kept_from:%H:%M:%S}"}


def _place(mine: Claimant, before: int, view: _View) -> int:
    others = [
        (claimant, view.waiting[owner])
        for owner, claimant in view.standings.claimants.items()
        if owner != mine.owner_id
    ]
    return fairshare.place(mine, before, others, view.standings.situation)


def _starts_in(place: int, view: _View) -> float | None:
    if view.typical_seconds is None:
        return None
    return fairshare.seconds_until_start(place, view.slots, view.running_for, view.typical_seconds)


def _no_machine(job: Job, view: _View, _mine: Claimant, place: int) -> Waiting | None:
    facts = {"queue": view.queue.slug}
    if view.queue.is_paused:
        text = _("The queue “%(queue)s” is paused; an operator has to resume it.") % facts
        return Waiting(WaitingCode.QUEUE_PAUSED, text, place)
    if not view.workers:
        text = _("No worker serves the queue “%(queue)s” at the moment.") % facts
        return Waiting(WaitingCode.NO_WORKER, text, place)
    needs = Needs(job.needs_devices, job.needs_memory_bytes)
    open_to_it = [
        worker for worker in view.workers if eligibility.allows(worker.worker_pass, job, view.trust)
    ]
    if not open_to_it:
        text = _(
            "The machines that serve “%(queue)s” at the moment are lent by others, and not open to this job. "
            "Its owner can say whose machines it trusts with private jobs."
        )
        return Waiting(WaitingCode.NOT_OPEN, text % facts, place)
    machines = [worker.devices for worker in open_to_it]
    if not requirements.could_ever(view.queue, machines, needs):
        text = _("No worker that serves “%(queue)s” at the moment has %(needs)s.") % {**facts, "needs": needs}
        return Waiting(WaitingCode.NO_FITTING_WORKER, text, place)
    if not containers.has_place(job, open_to_it):
        text = _("No worker that serves “%(queue)s” at the moment runs containers.") % facts
        return Waiting(WaitingCode.NO_FITTING_WORKER, text, place)
    return None


def _no_own_machine(job: Job, view: _View, _mine: Claimant, place: int) -> Waiting | None:
    """Held-out items go to no machine that is lent, whoever trusts its lender."""
    if not job.is_held_out or view.queue.is_paused or not view.workers:
        return None
    if any(worker.is_own for worker in view.workers):
        return None
    text = _(
        "The benchmark holds its items out: only machines of this hub itself may work on them, and none "
        "serves the queue “%(queue)s” at the moment."
    )
    return Waiting(WaitingCode.NO_OWN_WORKER, text % {"queue": view.queue.slug}, place)


def _back_off(job: Job, view: _View, _mine: Claimant, place: int) -> Waiting | None:
    if job.not_before is None or (pause := (job.not_before - now()).total_seconds()) <= 0:
        return None
    text = _("Attempt %(attempt)d of %(most)d failed (%(why)s); the next one waits until %(time)s UTC.") % {
        "attempt": job.attempt,
        "most": job.max_attempts,
        "why": words.failure_title(job.error_code),
        "time": f"{job.not_before:%H:%M:%S}",
    }
    starts_in = _starts_in(place, view)
    return Waiting(WaitingCode.BACK_OFF, text, place, None if starts_in is None else max(pause, starts_in))


def _hindered(job: Job, view: _View, mine: Claimant, place: int) -> Waiting | None:
    situation = view.standings.situation
    facts = {"owner": job.owner.name, "queue": view.queue.slug, "most": mine.most_running}
    match fairshare.hindrance(mine, situation):
        case Hindrance.BUDGET:
            text = _("%(owner)s has used its budget of %(device)s hours for this month.") % {
                **facts,
                "device": view.queue.get_device_class_display(),
            }
            return Waiting(WaitingCode.BUDGET, text, place)
        case Hindrance.RUNNING_LIMIT:
            text = ngettext(
                "%(owner)s may run %(most)d job at a time in “%(queue)s”, and does.",
                "%(owner)s may run %(most)d jobs at a time in “%(queue)s”, and does.",
                mine.most_running or 0,
            )
            text %= facts
            return Waiting(WaitingCode.RUNNING_LIMIT, text, place)
        # Without a free slot it would not matter.
        case Hindrance.RESERVATION if situation.free:
            text = _("The free slots of “%(queue)s” are kept for others at the moment.") % facts
            return Waiting(WaitingCode.RESERVATION, text, place)
    return None
