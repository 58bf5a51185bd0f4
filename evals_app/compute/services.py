"""Queues and workers: what is written about them."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction

from evals_app.compute.models import DeviceClass, Queue, Worker, WorkerPass, WorkerWish
from hub.core.clock import now
from hub.core.errors import Conflict

DEFAULT_QUEUES = (
    ("cpu", DeviceClass.CPU, "Processors of this installation"),
    ("gpu", DeviceClass.GPU, "Graphics cards of this installation"),
)


@transaction.atomic
def ensure_default_queues() -> list[Queue]:
    """The queues every installation has. Safe to repeat; what an operator changed stays."""
    return [
        Queue.objects.get_or_create(
            slug=slug, defaults={"device_class": device_class, "description": description}
        )[0]
        for slug, device_class, description in DEFAULT_QUEUES
    ]


@transaction.atomic
def register_worker(
    name: str,
    *,
    queues: Iterable[str],
    devices: list[dict[str, Any]],
    versions: dict[str, str],
    host: str = "",
    worker_pass: WorkerPass | None = None,
    **more: Any,
) -> Worker:
    """A worker that starts under a name it had before continues that row. Conflict when it is another's."""
    moment = now()
    known = Worker.objects.select_related("worker_pass").filter(name=name).first()
    if known is not None and not _are_of_the_same(known.worker_pass, worker_pass):
        raise Conflict(
            f"Another worker is called {name}; choose a name of your own with --name.", field="name"
        )
    worker, _ = Worker.objects.update_or_create(
        name=name,
        defaults={
            **more,
            "worker_pass": worker_pass,
            "is_leaving": False,
            "host": host or platform.node(),
            "queues": sorted(queues),
            "devices": devices,
            "versions": versions,
            "started_at": moment,
            "heartbeat_at": moment,
        },
    )
    return worker


def _are_of_the_same(known: WorkerPass | None, now_: WorkerPass | None) -> bool:
    """A new token continues the workers of an old one, within the same organization."""
    if known is None or now_ is None:
        return known is now_
    return known.lender_id == now_.lender_id


def heartbeat(worker_id: UUID) -> bool:
    """False when the row is gone: register again."""
    return Worker.objects.filter(pk=worker_id).update(heartbeat_at=now()) > 0


def set_paused(queue: Queue, *, paused: bool) -> None:
    Queue.objects.filter(pk=queue.pk).update(is_paused=paused)


def set_wish(worker: Worker, wish: WorkerWish) -> None:
    """Run, pause (take nothing for now) or drain (end what runs, then stop)."""
    Worker.objects.filter(pk=worker.pk).update(wish=wish)
