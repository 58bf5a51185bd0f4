"""Tasks that look into files that may run code."""

from __future__ import annotations

from celery import shared_task

from models_app.scans import services


@shared_task(name=services.FOLLOW_TASK)
def follow(event_id: int) -> None:
    services.follow(event_id)


@shared_task(name=services.SCAN_TASK)
def scan(repository_id: int, commit: str) -> None:
    services.scan_commit(repository_id, commit)
