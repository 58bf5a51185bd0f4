"""Chores of the site's own rooms."""

from __future__ import annotations

from celery import shared_task

from hub.activity import services
from hub.site.demo import progress
from hub.webhooks import sending
from hub.webhooks import services as webhooks


@shared_task(name=services.DELIVER_TASK)
def deliver() -> None:
    services.deliver_pending()


@shared_task(name=progress.ADVANCE_TASK)
def advance_demo(_event_id: int | None = None) -> None:
    """By the clock, and after every job that succeeded."""
    progress.advance()


@shared_task(name=webhooks.DELIVER_TASK)
def deliver_webhooks() -> int:
    return sending.send_due()


@shared_task(name="hub.webhooks.forget_old")
def forget_old_deliveries() -> int:
    return sending.forget_old()
