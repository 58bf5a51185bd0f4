"""`/api/notifications`: what a person was told of, and what of it they have read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor, Reach
from hub.accounts.models import TokenScope
from hub.core import clock
from hub.core.errors import InvalidInput, NotFound, PermissionRefused, Unauthenticated
from hub.inbox import selectors, services
from hub.inbox.models import Notification
from models_app.hf_api.http import absolute, hf_view, json_body, query_int

PAGE, MOST_PAGES = 20, 1_000
STATUSES = ("all", "unread")


@hf_view
def listing(request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
    """A page from `p`, counted from 0, newest first; `readStatus=unread` leaves out what was read."""
    rows = selectors.notifications_of(person(actor))
    if status_in(request) == "unread":
        rows = rows.filter(read_at=None)
    start = PAGE * query_int(request, "p", default=0, least=0, most=MOST_PAGES)
    shown = [notification_json(request, row) for row in rows[start : start + PAGE]]
    counts = {"view": rows.count(), "unread": selectors.unread_count(actor)}
    return JsonResponse({"notifications": shown, "start": start, "count": counts})


@hf_view(methods=("POST",))
def mark_read(request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
    """One by its `id`, or all."""
    wanted = json_body(request).get("id")
    if wanted is not None and not (isinstance(wanted, int) and 0 < wanted < 1 << 60):
        raise InvalidInput("`id` must be the number of a notification.")
    rows = selectors.notifications_of(person(actor, Reach.DISCUSS))
    if wanted and not rows.filter(pk=wanted).exists():
        raise NotFound("There is no such notification.")
    return JsonResponse({"read": services.mark_read(actor, wanted)})


def person(actor: Actor, least: Reach = Reach.READ) -> Actor:
    """What people are told of comes from everywhere: no token for some places only is enough."""
    if actor.user is None:
        raise Unauthenticated
    fine_grained = actor.token is not None and actor.token.scope == TokenScope.FINE_GRAINED
    if fine_grained or actor.reach_on_namespace(actor.name) < least:
        raise PermissionRefused("This token may not do that with its person's notifications.")
    return actor


def status_in(request: HttpRequest) -> str:
    status = request.GET.get("readStatus", "all")
    if status not in STATUSES:
        raise InvalidInput(f"`readStatus` must be one of {', '.join(STATUSES)}.")
    return status


def notification_json(request: HttpRequest, row: Notification) -> dict[str, Any]:
    event = row.event
    return {
        "id": row.pk,
        "type": event.verb,
        "read": row.read_at is not None,
        "createdAt": clock.iso_millis(event.created_at),
        "by": event.actor_name or None,
        "thing": {
            "type": event.thing_kind,
            "name": event.thing_name,
            "url": absolute(request, event.thing_url) if event.thing_url else None,
        },
    }
