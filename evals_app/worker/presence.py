"""Who this worker process is: known to the hub while it lives, told when it must stop.

The main process of a Celery worker keeps the heartbeat; jobs run in its child (prefork) or in
itself (solo). What both must see lies in one byte of shared memory.
"""

from __future__ import annotations

import logging
import mmap
import platform
import threading
from collections.abc import Iterable
from uuid import UUID

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

# A byte, not a lock: it is written from a signal handler.
_stop = mmap.mmap(-1, 1)


def stop_asked() -> bool:
    return _stop[0] == 1


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
    _stop[0] = 0


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
    threading.Thread(target=_keep_beating, args=(worker.pk, name, slugs), daemon=True).start()
    for slug in slugs:
        jobs.wake(slug)


@signals.worker_shutting_down.connect
def _stop_jobs(**_: object) -> None:
    """A running job is given back within seconds instead of keeping the worker for hours."""
    _stop[0] = 1


@signals.worker_process_init.connect
def _follow_parent(**_: object) -> None:
    """A child that outlived its worker would work on unseen, beyond any stop."""
    kernel.die_with_parent()
    kernel.adopt_orphans()


def _keep_beating(worker_id: UUID, name: str, slugs: set[str]) -> None:
    pause = threading.Event()
    while not pause.wait(compute.WORKER_BEAT_SECONDS):
        try:
            if not services.heartbeat(worker_id):
                worker_id = register(name, slugs).pk
        except Error as error:
            log.warning("worker heartbeat missed: %s", error)
            connection.close()
