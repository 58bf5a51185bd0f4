"""Reads of a person's notifications. What they may no longer see is neither shown nor counted."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from hub.accounts.actors import Actor
from hub.inbox.models import Notification

# Told to somebody who is not inside yet.
FOR_OUTSIDERS = ("invitation.sent",)
COUNTED = 100


def notifications_of(actor: Actor) -> QuerySet[Notification]:
    """Newest first, with their events."""
    if actor.user is None:
        return Notification.objects.none()
    seen = Q(event__is_public=True) | Q(event__verb__in=FOR_OUTSIDERS)
    if not actor.is_operator:
        seen |= Q(event__namespace_id__in=list(actor.roles))
    rows = Notification.objects.filter(user=actor.user).select_related("event__namespace")
    return (rows if actor.is_operator else rows.filter(seen)).order_by("-pk")


def unread_count(actor: Actor) -> int:
    """At most COUNTED. One query."""
    return notifications_of(actor).filter(read_at=None)[:COUNTED].count()
