"""Writes of notifications."""

from __future__ import annotations

from collections.abc import Iterable

from hub.accounts.actors import Actor
from hub.core import clock
from hub.inbox import selectors
from hub.inbox.models import Notification


def notify(user_ids: Iterable[int], event_id: int) -> None:
    """Tell each person of the event once; again is no error."""
    rows = [Notification(user_id=user_id, event_id=event_id) for user_id in sorted(set(user_ids))]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def mark_read(actor: Actor, notification_id: int | None = None) -> int:
    """One of the actor's own, or all of them; returns how many changed."""
    rows = selectors.notifications_of(actor).order_by().filter(read_at=None)
    if notification_id is not None:
        rows = rows.filter(pk=notification_id)
    ids = list(rows.values_list("pk", flat=True))
    return Notification.objects.filter(pk__in=ids, read_at=None).update(read_at=clock.now())
