"""Which job a free slot takes: the owner by fair share, then the owner's own first job.

Nothing here reads all waiting jobs: the owners are found by jumping along one index, and of each owner
that comes into question the first job. So a claim costs the same with ten jobs waiting and with 100,000.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache, reduce
from operator import or_

from django.conf import settings
from django.db import connection
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from evals_app.compute import fairshare, shares
from evals_app.compute.fairshare import Claimant
from evals_app.compute.holding import Room
from evals_app.compute.models import DeviceClass, Queue, Standing
from evals_app.compute.requirements import Capacity, Needs
from evals_app.compute.shares import Held, Running, Standings
from evals_app.compute.standing_rows import Owners
from evals_app.jobs.models import Job, JobState
from hub.core.clock import now

# Each step is one look into the index `job_turn`, where `SELECT DISTINCT` would walk over every row. Ordered
# by all of its columns, since the first alone has another index, on which a planner would pass ended jobs.
OWNERS = """
WITH RECURSIVE waiting(owner_id) AS (
    SELECT (SELECT owner_id FROM evals_app_job WHERE state = 'queued' AND queue_id = %s
            ORDER BY owner_id, priority DESC, queued_at, id LIMIT 1)
    UNION ALL
    SELECT (SELECT owner_id FROM evals_app_job WHERE state = 'queued' AND queue_id = %s
            AND owner_id > waiting.owner_id ORDER BY owner_id, priority DESC, queued_at, id LIMIT 1)
    FROM waiting WHERE waiting.owner_id IS NOT NULL
)
SELECT owner_id FROM waiting WHERE owner_id IS NOT NULL
"""

# How many jobs of each owner are on slots of a queue. Each plus keeps a planner from going through all jobs
# by the index of a key.
HELD = """
SELECT +owner_id, COUNT(*) FROM evals_app_job
WHERE lease_until IS NOT NULL AND +queue_id = %s GROUP BY 1
"""

# Whether a job of a queue is ready, as `ready` has it: a look at the first of them. In the order of the
# index, without which PostgreSQL would look for the first one among all waiting jobs.
FIRST_READY = """(
SELECT id FROM evals_app_job
WHERE state = 'queued' AND queue_id = evals_app_queue.id AND (not_before IS NULL OR not_before <= %s)
ORDER BY owner_id, priority DESC, queued_at, id LIMIT 1
)"""

# Among the jobs of one owner.
TURN = ("-priority", "queued_at", "id")


def waiting_in(queue: Queue) -> QuerySet[Job]:
    return Job.objects.filter(state=JobState.QUEUED, queue=queue)


def ready(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Those that do not wait for their next attempt's time."""
    return jobs.filter(Q(not_before=None) | Q(not_before__lte=now()))


def owners_waiting(queue: Queue) -> Owners:
    return Owners(OWNERS, [queue.pk, queue.pk])


def running_now() -> list[Running]:
    """Every job that holds a slot, in any queue: as many rows as there are slots."""
    moment = now()
    # Joined, SQLite would look through all jobs of each queue.
    class_ = Subquery(Queue.objects.filter(pk=OuterRef("queue_id")).values("device_class"))
    rows = Job.objects.filter(lease_until__isnull=False).values_list(
        "queue_id", class_, "owner_id", "worker_id", "needs_devices", "started_at"
    )
    return [
        Running(queue, class_, owner, worker, devices, (moment - started_at).total_seconds())
        for queue, class_, owner, worker, devices, started_at in rows
        if started_at is not None
    ]


def held_in(queue: Queue) -> Held:
    with connection.cursor() as cursor:
        cursor.execute(HELD, [queue.pk])
        counts = dict(cursor.fetchall())
    return Held(counts, cache(running_now))


def standings_in(queue: Queue) -> Standings:
    return shares.standings(queue, owners_waiting(queue), held_in(queue))


def queues_with_work(slugs: Iterable[str] | None = None) -> list[Queue]:
    """Those of the named queues (None: of all) that are not paused and where a job is ready, the one that
    was served longest ago first: so a worker of several queues serves them in turn."""
    moment = connection.ops.adapt_datetimefield_value(now())
    ready_first = RawSQL(FIRST_READY, [moment])  # noqa: S611 - a constant with a value beside it
    rows = Queue.objects.filter(is_paused=False).annotate(first_ready=ready_first)
    if slugs is not None:
        rows = rows.filter(slug__in=list(slugs))
    queues: list[Queue] = [queue for queue in rows if queue.first_ready is not None]
    if len(queues) < 2:
        return queues
    served = Standing.objects.filter(queue__in=queues).order_by().values_list("queue_id")
    last = dict(served.annotate(Max("served_at")))
    return sorted(queues, key=lambda queue: (last.get(queue.pk) or fairshare.NEVER, queue.slug))


def candidates(
    standings: Standings, queue: Queue, room: Room, open_jobs: Q, holds: Callable[[Job], bool]
) -> Iterator[tuple[Claimant, Job]]:
    """Owners who may start a job, in fair order, each with its first job that fits what is free.

    Whoever asks has a free slot, even if it is not counted yet. On the way devices are held back in `room`
    for a job whose turn it is, that has waited for a while, and that the machine could run once more of it is
    free: where `holds` says that this machine is the one to do so.
    """
    situation = replace(standings.situation, free=max(1, standings.situation.free))
    for claimant in fairshare.order(standings.claimants.values(), situation):
        own = ready(waiting_in(queue)).filter(open_jobs, owner_id=claimant.owner_id)
        if situation.unfilled and room.has_slots and queue.device_class == DeviceClass.GPU:
            # Slots are kept for others: not for a job that would take more than the rest.
            own = own.filter(needs_devices__lte=fairshare.most_slots(claimant, situation))
        own = own.select_related("submitted_by").order_by(*TURN)
        # Devices are held back for one job of each owner, and at most one.
        later = room.capacity_later(queue)
        while capacity := room.capacity(queue):
            fitting = _within(capacity)
            first = own.filter(fitting | (_within(later) & has_waited()) if later else fitting).first()
            if first is None:
                break
            needs = Needs(first.needs_devices, first.needs_memory_bytes)
            if capacity.fits(needs):
                yield claimant, first
                break
            later = None
            if holds(first):
                room.hold(queue, needs)


def has_waited() -> Q:
    """Long enough to have devices held back for it."""
    return Q(queued_at__lte=now() - timedelta(seconds=settings.JOB_HOLD_AFTER_SECONDS))


def _within(capacity: Capacity) -> Q:
    return reduce(
        or_, (Q(needs_devices__lte=s.devices, needs_memory_bytes__lte=s.memory_bytes) for s in capacity.steps)
    )
