"""Idle workers that wait for work: how many at a time, and how they wait without holding the database.

Waiting takes nothing. A server does not notice that nobody hears its answer any more, so a worker that was
killed while it waited must not have been given anything; it asks for the job by another, short request.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from evals_app.compute import lending
from evals_app.compute.models import Worker
from evals_app.jobs import bell, services

MAX_WAIT_SECONDS = 25.0
# What another process submitted is seen after half of this; what this one did, at once.
LOOK_SECONDS = 0.5
# However many jobs come in at a time, each of those who wait looks no more often than this.
SHORTEST_LOOK_SECONDS = 0.05
# What a worker that could not be kept waiting does before it asks again.
PAUSE_SECONDS = 2.0

_places = threading.BoundedSemaphore(settings.WEB_POLLERS)
# A worker that asks anew, since other devices are free now, does not hear the answer to what it asked before.
_newest: dict[UUID, object] = {}


class Answer(NamedTuple):
    """Whether something waits that the worker may start now; if not, in how many seconds to ask again."""

    is_ready: bool
    ask_again_in: float = 0.0


READY, NOTHING, NO_PLACE = Answer(True), Answer(False), Answer(False, PAUSE_SECONDS)


def wait_for_work(worker: Worker, seconds: float) -> Answer:
    with _place() as has_place, _question_of(worker) as question:
        deadline = time.monotonic() + (min(seconds, MAX_WAIT_SECONDS) if has_place else 0)
        while _newest.get(worker.pk) is question and lending.is_there(worker):
            heard = bell.heard(worker.queues)
            if lending.takes_work(worker) and services.has_work_for(worker, worker.queues):
                return READY
            if time.monotonic() > deadline:
                return NOTHING if has_place else NO_PLACE
            _let_go_of_the_database()
            time.sleep(SHORTEST_LOOK_SECONDS)
            bell.wait(worker.queues, heard, LOOK_SECONDS)
        return NO_PLACE


@contextmanager
def _place() -> Iterator[bool]:
    taken = _places.acquire(blocking=False)
    try:
        yield taken
    finally:
        if taken:
            _places.release()


@contextmanager
def _question_of(worker: Worker) -> Iterator[object]:
    question = _newest[worker.pk] = object()
    try:
        yield question
    finally:
        if _newest.get(worker.pk) is question:
            _newest.pop(worker.pk, None)


def _let_go_of_the_database() -> None:
    """Whoever only waits must not keep one of the connections, of which a server has few."""
    if not connection.in_atomic_block:
        connection.close()
