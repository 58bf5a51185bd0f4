"""Idle workers that wait for work: how many at a time, and how they wait without holding the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from evals_app.compute import lending
from evals_app.compute.models import Worker
from evals_app.jobs import services
from evals_app.jobs.exchange import Lease

MAX_WAIT_SECONDS = 25.0
# A free slot and a waiting job meet after half of this, whoever submitted it and whatever broker there is.
LOOK_SECONDS = 0.5

_places = threading.BoundedSemaphore(settings.WEB_POLLERS)


def wait_for_lease(worker: Worker, queue_slugs: Sequence[str], seconds: float) -> Lease | None:
    """None when nothing came in time. Where all places are taken, the worker is not kept waiting."""
    with _place() as has_place:
        deadline = time.monotonic() + (min(seconds, MAX_WAIT_SECONDS) if has_place else 0)
        while lending.takes_work(worker):
            if lease := services.lease_next(worker, queue_slugs):
                return lease
            if time.monotonic() > deadline:
                return None
            _let_go_of_the_database()
            time.sleep(LOOK_SECONDS)
        return None


@contextmanager
def _place() -> Iterator[bool]:
    taken = _places.acquire(blocking=False)
    try:
        yield taken
    finally:
        if taken:
            _places.release()


def _let_go_of_the_database() -> None:
    """Whoever only waits must not keep one of the connections, of which a server has few."""
    if not connection.in_atomic_block:
        connection.close()
