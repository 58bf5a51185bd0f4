"""Queues and workers: what is written about them."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction

from evals_app.compute.models import DeviceClass, Queue, Worker
from hub.core.clock import now

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
    name: str, *, queues: Iterable[str], devices: list[dict[str, Any]], versions: dict[str, str]
) -> Worker:
    """A worker that starts under a name it had before continues that row."""
    moment = now()
    worker, _ = Worker.objects.update_or_create(
        name=name,
        defaults={
            "host": platform.node(),
            "queues": sorted(queues),
            "devices": devices,
            "versions": versions,
            "started_at": moment,
            "heartbeat_at": moment,
        },
    )
    return worker


def heartbeat(worker_id: UUID) -> bool:
    """False when the row is gone: register again."""
    return Worker.objects.filter(pk=worker_id).update(heartbeat_at=now()) > 0


def set_paused(queue: Queue, *, paused: bool) -> None:
    Queue.objects.filter(pk=queue.pk).update(is_paused=paused)
