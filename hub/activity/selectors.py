"""Reads of what happened."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from hub.activity.models import Event


def feed(
    *,
    namespace_ids: Collection[int] = (),
    within: int | None = None,
    verbs: Collection[str] = (),
    limit: int = 30,
) -> list[Event]:
    """Newest events that everybody may see, and those inside `namespace_ids` (the reader's own). One query.

    `within` narrows to one namespace, `verbs` to some acts.
    """
    events = Event.objects.filter(Q(is_public=True) | Q(namespace_id__in=list(namespace_ids)))
    if within is not None:
        events = events.filter(namespace_id=within)
    if verbs:
        events = events.filter(verb__in=list(verbs))
    return list(events.order_by("-created_at", "-pk")[:limit])


def audit(namespace_id: int) -> QuerySet[Event]:
    """Everything that was done in a namespace, newest first; for those who may see inside."""
    return Event.objects.filter(namespace_id=namespace_id).order_by("-created_at", "-pk")


def about(kind: str, thing_id: str) -> QuerySet[Event]:
    """The history of one thing, newest first."""
    return Event.objects.filter(thing_kind=kind, thing_id=thing_id).order_by("-created_at", "-pk")


def get_event(event_id: int) -> Event | None:
    """What a subscriber was told of; None when it is gone."""
    return Event.objects.filter(pk=event_id).first()
