"""Core tasks of models_app: each calls one service."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from models_app.commits import upkeep
from models_app.repositories import conversion
from models_app.repositories.upkeep import TIDY_TASK
from models_app.worker import announcement_tasks, discovery_tasks, scan_tasks, viewer_tasks

__all__ = ["announcement_tasks", "discovery_tasks", "scan_tasks", "storage_upkeep", "viewer_tasks"]


@shared_task(name="models_app.storage.convert")
def convert_whole_files() -> None:
    """Hourly: some of what came whole becomes chunks, where the operator wants that."""
    if settings.XET_CONVERT_BYTES:
        conversion.convert(settings.XET_CONVERT_BYTES)


@shared_task(name=TIDY_TASK)
def tidy_repository(number: int) -> None:
    """After commits and pushes that left many packs."""
    upkeep.tidy(number)


@shared_task(name="models_app.storage.upkeep")
def storage_upkeep() -> None:
    """Hourly: heal indexes, repack, forget what nothing names any more."""
    upkeep.run()
