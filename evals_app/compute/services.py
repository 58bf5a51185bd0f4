"""Queues and workers: what is written about them."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from evals_app.compute import audit
from evals_app.compute.models import DeviceClass, Queue, Worker, WorkerPass, WorkerWish
from evals_app.compute.requirements import GIGABYTE
from hub.accounts.actors import Actor
from hub.core.clock import now
from hub.core.enqueue import CORE_QUEUE
from hub.core.errors import Conflict, InvalidInput

DEFAULT_QUEUES = (
    ("cpu", DeviceClass.CPU, "Processors of this installation"),
    ("gpu", DeviceClass.GPU, "Graphics cards of this installation"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """What a queue declares of its devices; None is not told, or no limit."""

    device_class: str
    description: str = ""
    gpu_pattern: str = ""
    memory_gb: float | None = None
    devices: int | None = None
    max_time_limit_seconds: int | None = None


def settings_of(queue: Queue) -> QueueSettings:
    return QueueSettings(
        device_class=queue.device_class,
        description=queue.description,
        gpu_pattern=queue.gpu_pattern,
        memory_gb=None if queue.memory_bytes is None else queue.memory_bytes / GIGABYTE,
        devices=queue.devices,
        max_time_limit_seconds=queue.max_time_limit_seconds,
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
    worker, _is_new = Worker.objects.update_or_create(
        name=name,
        defaults={
            **more,
            "worker_pass": worker_pass,
            "is_leaving": False,
            # A pause outlives the worker; one that was drained and is started again is wanted.
            "wish": WorkerWish.PAUSE if known and known.wish == WorkerWish.PAUSE else WorkerWish.RUN,
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


@transaction.atomic
def set_paused(queue: Queue, *, paused: bool, actor: Actor | None = None) -> None:
    """What runs goes on; nothing new is taken or started while it is paused. `actor` here and below: who
    decided it, for the record; None is the operator's command line."""
    if Queue.objects.filter(pk=queue.pk).exclude(is_paused=paused).update(is_paused=paused):
        audit.note_queue("queue.paused" if paused else "queue.resumed", actor, queue)


@transaction.atomic
def set_wish(worker: Worker, wish: WorkerWish, *, actor: Actor | None = None) -> None:
    """Run, pause (take nothing for now) or drain (end what runs, then stop)."""
    if Worker.objects.filter(pk=worker.pk).exclude(wish=wish).update(wish=wish):
        audit.note_worker(f"worker.{wish}", actor, worker)


@transaction.atomic
def create_queue(slug: str, settings: QueueSettings, *, actor: Actor | None = None) -> Queue:
    """InvalidInput with the field; Conflict when there is one of that name."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", slug) or slug == CORE_QUEUE:
        raise InvalidInput(
            _("A queue's name has 1 to 40 lower-case letters, digits and hyphens, and is not `core`."),
            field="slug",
        )
    columns = _columns(settings)
    queue, is_new = Queue.objects.get_or_create(slug=slug, defaults=columns)
    if not is_new:
        raise Conflict(_("There is a queue %(queue)s already.") % {"queue": slug}, field="slug")
    audit.note_queue("queue.created", actor, queue)
    return queue


@transaction.atomic
def change_queue(queue: Queue, settings: QueueSettings, *, actor: Actor | None = None) -> Queue:
    """One that stays as it was leaves no trace."""
    columns = _columns(settings)
    if any(getattr(queue, name) != value for name, value in columns.items()):
        Queue.objects.filter(pk=queue.pk).update(**columns)
        audit.note_queue("queue.changed", actor, queue)
    queue.refresh_from_db()
    return queue


def _columns(settings: QueueSettings) -> dict[str, Any]:
    if settings.device_class not in DeviceClass.values:
        raise InvalidInput(
            f"`device_class` must be one of {', '.join(DeviceClass.values)}.", field="device_class"
        )
    if settings.gpu_pattern and settings.device_class != DeviceClass.GPU:
        raise InvalidInput(
            _("Only a queue of graphics cards has a pattern for their name."), field="gpu_pattern"
        )
    if len(settings.description) > 200 or len(settings.gpu_pattern) > 80:
        field = "description" if len(settings.description) > 200 else "gpu_pattern"
        raise InvalidInput(f"`{field}` is too long.", field=field)
    for field, most in (("memory_gb", 100_000), ("devices", 1024), ("max_time_limit_seconds", 90 * 86_400)):
        value = getattr(settings, field)
        if value is not None and not 0 < value <= most:
            raise InvalidInput(
                _("It must lie above 0 and be at most %(most)d, or empty.") % {"most": most}, field=field
            )
    return {
        "device_class": settings.device_class,
        "description": settings.description,
        "gpu_pattern": settings.gpu_pattern,
        "memory_bytes": None if settings.memory_gb is None else round(settings.memory_gb * GIGABYTE),
        "devices": settings.devices,
        "max_time_limit_seconds": settings.max_time_limit_seconds,
    }
