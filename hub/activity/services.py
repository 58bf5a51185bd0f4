"""Writes what happened and tells those who react to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Any, Protocol

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from hub.activity import subscriptions
from hub.activity.models import Event
from hub.activity.things import Thing
from hub.core import clock, enqueue

__all__ = ["DELIVER_TASK", "Thing", "deliver_pending", "record"]

DELIVER_TASK = "hub.activity.deliver"
BATCH = 200


class Doer(Protocol):
    """What this room needs to know of an actor."""

    @property
    def user(self) -> AbstractBaseUser | None: ...
    @property
    def name(self) -> str: ...


def record(
    verb: str,
    *,
    actor: Doer | None,
    thing: Thing,
    namespace_id: int | None,
    is_public: bool = False,
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Write the event in the caller's transaction, so that it exists exactly when its act does.

    `actor` is None for the operator's command line and for the hub itself. Subscribers hear of
    it after the commit, at least once.
    """
    heard = bool(subscriptions.tasks_for(verb))
    event = Event.objects.create(
        verb=verb,
        actor_id=actor.user.pk if actor and actor.user else None,
        actor_name=actor.name if actor else "",
        namespace_id=namespace_id,
        thing_kind=thing.kind,
        thing_id=thing.id,
        thing_name=thing.name[:200],
        thing_url=thing.url[:400],
        is_public=is_public,
        data=dict(data or {}),
        # Nobody waits for most verbs: no message, nothing for the sweep.
        delivered_at=None if heard else clock.now(),
    )
    if heard:
        enqueue.enqueue_after_commit(DELIVER_TASK)
    return event


def hide(thing_kind: str, thing_ids: Iterable[str]) -> None:
    """What happened to things that are private now is no longer told to everybody."""
    Event.objects.filter(thing_kind=thing_kind, thing_id__in=list(thing_ids)).update(is_public=False)


def deliver_pending() -> int:
    """Tell the subscribers of events that were not delivered yet, oldest first; returns how many events.

    An event is marked only after its messages were taken by the broker, so a process that dies
    between costs a second message, never a lost one. Safe to run at the same time elsewhere. The
    first message that the broker refuses ends the run: the others would only wait for it again.
    """
    delivered = 0
    while True:
        with transaction.atomic():
            sent = [event.pk for event in takewhile(_tell, _locked_batch())]
            Event.objects.filter(pk__in=sent).update(delivered_at=clock.now())
        delivered += len(sent)
        if len(sent) < BATCH:
            return delivered


def _locked_batch() -> QuerySet[Event]:
    pending = Event.objects.filter(delivered_at=None).order_by("created_at", "pk")
    # SQLite has one writer at a time and no row locks; there two runs may send the same message twice.
    if transaction.get_connection().features.has_select_for_update_skip_locked:
        pending = pending.select_for_update(skip_locked=True)
    return pending[:BATCH]


def _tell(event: Event) -> bool:
    return all(
        enqueue.send(task, (event.pk,), enqueue.CORE_QUEUE) for task in subscriptions.tasks_for(event.verb)
    )
