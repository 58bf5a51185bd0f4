"""Tasks that tell people and machines what happened."""

from __future__ import annotations

from celery import shared_task

from models_app.announcements import notices, services


@shared_task(name=services.ANNOUNCE_TASK)
def announce(event_id: int) -> int:
    return services.announce(event_id)


@shared_task(name=notices.NOTIFY_TASK)
def notify(event_id: int) -> None:
    notices.notify(event_id)
