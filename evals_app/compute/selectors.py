"""Queues and workers: what is read about them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from evals_app.compute.models import Queue, Worker, WorkerWish
from hub.core.clock import now
from hub.core.errors import InvalidInput

# Three missed beats: a worker writes every five seconds, also while it has nothing to do.
ALIVE_WITHIN = timedelta(seconds=20)
WORKER_BEAT_SECONDS = 5
# A machine that was not heard of for longer is taken to be gone for good.
KNOWN_WITHIN = timedelta(days=30)
# Everybody with an organization may make a machine ask; what it says of itself counts once it is approved.
LET_IN = Q(worker_pass=None) | Q(worker_pass__approved_at__isnull=False, worker_pass__token__revoked_at=None)


def queues() -> list[Queue]:
    return list(Queue.objects.order_by("slug"))


def get_queue(slug: str) -> Queue:
    """InvalidInput that names the queues there are: a queue is always something a request asked for."""
    queue = Queue.objects.filter(slug=slug).first()
    if queue is None:
        known = ", ".join(q.slug for q in queues()) or "none yet; run `manage.py compute_setup`"
        text = _("There is no queue “%(queue)s”. Queues: %(known)s.")
        raise InvalidInput(text % {"queue": slug, "known": known}, field="queue")
    return queue


def known_queue_slugs(slugs: Iterable[str]) -> set[str]:
    return set(Queue.objects.filter(slug__in=list(slugs)).values_list("slug", flat=True))


def workers() -> list[Worker]:
    return list(Worker.objects.select_related("worker_pass__lender").order_by("-heartbeat_at"))


def find_worker(name: str) -> Worker | None:
    return Worker.objects.filter(name=name).first()


def is_alive(worker: Worker) -> bool:
    return worker.heartbeat_at >= now() - ALIVE_WITHIN


def live_workers() -> list[Worker]:
    """Workers heard from lately, that may work here."""
    return list(Worker.objects.filter(LET_IN, heartbeat_at__gte=now() - ALIVE_WITHIN).order_by("name"))


def serving_workers(queue_slug: str) -> list[Worker]:
    """Those of the live ones that take jobs: neither paused, drained, stopping nor still to be approved."""
    heard = Worker.objects.filter(
        LET_IN,
        heartbeat_at__gte=now() - ALIVE_WITHIN,
        wish=WorkerWish.RUN,
        is_leaving=False,
    )
    found = heard.select_related("worker_pass").order_by("name")
    return [worker for worker in found if queue_slug in worker.queues]


def takes_work(worker: Worker) -> bool:
    """Whether people want it to run, as they say now."""
    return Worker.objects.filter(pk=worker.pk, wish=WorkerWish.RUN).exists()


def slots_of(queue_slug: str) -> int:
    """How many jobs of a queue can run at a time on the workers that take some."""
    return sum(map(slots_on, serving_workers(queue_slug)))


def slots_on(worker: Worker) -> int:
    return len(worker.slots) or 1


def machines_of(queue_slug: str) -> list[list[dict[str, Any]]]:
    """The devices of each machine that served the queue within the last month, live or not."""
    heard = Worker.objects.filter(LET_IN, heartbeat_at__gte=now() - KNOWN_WITHIN)
    return [worker.devices for worker in heard if queue_slug in worker.queues]


def locked(queue: Queue) -> Queue:
    """The row as it is now, held until the transaction ends: one claim in a queue at a time."""
    return Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
