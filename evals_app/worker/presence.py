"""Who this worker process is: known to the hub while it lives, told when it must stop.

The main process of a Celery worker keeps the heartbeat; jobs run in its child (prefork) or in
itself (solo). What both must see lies in two bytes of shared memory.
"""

from __future__ import annotations

import logging
import mmap
import platform
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import celery
import django
from celery import signals
from django.db import Error, connection

from evals_app.compute import selectors as compute
from evals_app.compute import services
from evals_app.compute.models import Worker
from evals_app.jobs import services as jobs
from evals_app.supervision import hardware
from evals_app.worker import containing
from walls import containers, kernel

log = logging.getLogger(__name__)

# An idle worker looks by itself so often: a job whose pause after a failure is over, or whose wake-up the
# broker lost, still meets a free slot within about a second.
LOOK_SECONDS = 1.0

# Bytes, not a lock: the first is written from a signal handler.
_shared = mmap.mmap(-1, 2)
_STOP, _BUSY = 0, 1


def stop_asked() -> bool:
    return _shared[_STOP] == 1


@contextmanager
def at_work() -> Iterator[None]:
    """While a job may run here, the main process looks for no other."""
    _shared[_BUSY] = 1
    try:
        yield
    finally:
        _shared[_BUSY] = 0


def register(name: str, queue_slugs: Iterable[str]) -> Worker:
    runtime = containing.runtime()
    return services.register_worker(
        name,
        queues=queue_slugs,
        devices=hardware.devices(),
        versions={
            "python": platform.python_version(),
            "celery": celery.__version__,
            "django": django.get_version(),
        },
        container_runtime=runtime.told if runtime else "",
    )


@signals.worker_init.connect
def _begin(**_: object) -> None:
    _shared[_STOP] = _shared[_BUSY] = 0


@signals.worker_ready.connect
def _appear(sender: object, **_: object) -> None:
    """Only workers of compute queues; what wakes them may have been lost while none was there."""
    slugs = compute.known_queue_slugs(sender.app.amqp.queues.consume_from)  # type: ignore[attr-defined]
    if not slugs:
        return
    if runtime := containing.runtime():
        containers.remove_leftovers(runtime.program)
    name: str = sender.hostname  # type: ignore[attr-defined]
    worker = register(name, slugs)
    threading.Thread(target=_keep_beating, args=(worker, slugs), daemon=True).start()
    for slug in slugs:
        jobs.wake(slug)


@signals.worker_shutting_down.connect
def _stop_jobs(**_: object) -> None:
    """A running job is given back within seconds instead of keeping the worker for hours."""
    _shared[_STOP] = 1


@signals.worker_process_init.connect
def _follow_parent(**_: object) -> None:
    """A child that outlived its worker would work on unseen, beyond any stop."""
    kernel.die_with_parent()
    kernel.adopt_orphans()
    # The one before it may have been killed at work.
    _shared[_BUSY] = 0


def _keep_beating(worker: Worker, slugs: set[str]) -> None:
    pause, beat_at = threading.Event(), time.monotonic()
    while not pause.wait(LOOK_SECONDS):
        try:
            _look(worker, slugs)
            if time.monotonic() - beat_at >= compute.WORKER_BEAT_SECONDS:
                beat_at = time.monotonic()
                if not services.heartbeat(worker.pk):
                    worker = register(worker.name, slugs)
        except Error as error:
            log.warning("worker heartbeat missed: %s", error)
            connection.close()


def _look(worker: Worker, slugs: Iterable[str]) -> None:
    """Wake this worker if it is idle and there is a job for it. Where none waits, that is one query."""
    if stop_asked() or _shared[_BUSY]:
        return
    for slug in slugs:
        if jobs.has_work_for(worker, [slug]) and compute.takes_work(worker):
            jobs.wake(slug)
