"""Writes of webhooks. The person who made one is the only one who sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from hub.accounts.actors import Actor, Reach
from hub.accounts.models import TokenKind, User
from hub.core import clock, enqueue, outgoing
from hub.core.errors import Conflict, InvalidInput, PermissionRefused, Unauthenticated
from hub.webhooks.models import Delivery, Watch, WatchedType, Webhook

DELIVER_TASK = "hub.webhooks.deliver_due"
DOMAINS = ("repo", "discussion")
MAX_WEBHOOKS = 50
MAX_WATCHED = 100
MAX_SECRET = 200
NAME = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Watched:
    type: str
    name: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What a webhook is asked to be; None leaves it as it is, or takes the default."""

    url: str | None = None
    watched: Sequence[Watched] | None = None
    domains: Sequence[str] | None = None
    secret: str | None = None


def owner_of(actor: Actor, *, writes: bool = True) -> User:
    """The person whose webhooks the actor may see, and with `writes` change.

    Raises Unauthenticated, PermissionRefused: a webhook tells of everything its owner may see, so
    a token needs their whole name, and tokens of jobs and workers never do.
    """
    if actor.user is None:
        raise Unauthenticated
    needed = Reach.WRITE if writes else Reach.READ
    is_personal = actor.token is None or actor.token.kind == TokenKind.PERSONAL
    if not is_personal or actor.reach_on_namespace(actor.user.username) < needed:
        raise PermissionRefused("This token may not manage webhooks.")
    return actor.user


def create(actor: Actor, wish: Wish) -> Webhook:
    """Raises InvalidInput for a bad address or thing to watch, Conflict beyond MAX_WEBHOOKS."""
    owner = owner_of(actor)
    if not wish.url or not wish.watched:
        raise InvalidInput(
            "A webhook needs an address and something to watch.", field="watched" if wish.url else "url"
        )
    values = _checked(wish)
    with transaction.atomic():
        if owner.webhooks.count() >= MAX_WEBHOOKS:
            raise Conflict(f"One person has at most {MAX_WEBHOOKS} webhooks.")
        webhook = Webhook.objects.create(owner=owner, **{"domains": list(DOMAINS), **values})
        _watch(webhook, wish.watched)
    return webhook


def update(actor: Actor, webhook: Webhook, wish: Wish) -> Webhook:
    """Change what is given. An empty list of things to watch changes nothing: clients send it so."""
    _require(actor, webhook)
    values = _checked(wish)
    with transaction.atomic():
        for name, value in values.items():
            setattr(webhook, name, value)
        webhook.save(update_fields=list(values))
        if wish.watched:
            webhook.watches.all().delete()
            _watch(webhook, wish.watched)
    return webhook


def set_disabled(actor: Actor, webhook: Webhook, disabled: bool) -> Webhook:
    """What waits stays; it goes out once the webhook is enabled again."""
    _require(actor, webhook)
    webhook.is_disabled = disabled
    webhook.save(update_fields=["is_disabled"])
    if not disabled:
        enqueue.enqueue_after_commit(DELIVER_TASK)
    return webhook


def delete(actor: Actor, webhook: Webhook) -> None:
    _require(actor, webhook)
    webhook.delete()


def add_delivery(webhook: Webhook, event_id: int, payload: Mapping[str, Any]) -> bool:
    """Have the payload sent; False when this event was added before."""
    _delivery, added = Delivery.objects.get_or_create(
        webhook=webhook,
        event_id=event_id,
        defaults={"payload": dict(payload), "next_attempt_at": clock.now()},
    )
    if added:
        enqueue.enqueue_after_commit(DELIVER_TASK)
    return added


def replay(actor: Actor, delivery: Delivery) -> Delivery:
    """The same payload once more, as a delivery of its own."""
    _require(actor, delivery.webhook)
    if delivery.webhook.is_disabled:
        raise Conflict("The webhook is disabled.")
    again = Delivery.objects.create(
        webhook=delivery.webhook, payload=delivery.payload, next_attempt_at=clock.now()
    )
    enqueue.enqueue_after_commit(DELIVER_TASK)
    return again


def _require(actor: Actor, webhook: Webhook) -> None:
    if owner_of(actor).pk != webhook.owner_id:
        raise PermissionRefused


def _watch(webhook: Webhook, watched: Sequence[Watched]) -> None:
    rows = {(w.type, w.name.lower()): w for w in watched}
    Watch.objects.bulk_create(
        Watch(webhook=webhook, type=w.type, name=w.name, key=key) for (_type, key), w in rows.items()
    )


def _checked(wish: Wish) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if wish.url is not None:
        outgoing.check_url(wish.url)
        values["url"] = wish.url
    if wish.domains is not None:
        values["domains"] = _domains(wish.domains)
    if wish.secret is not None:
        values["secret"] = _secret(wish.secret)
    for watched in wish.watched or ():
        _check_watched(watched)
    if len(wish.watched or ()) > MAX_WATCHED:
        raise InvalidInput(f"One webhook watches at most {MAX_WATCHED} things.", field="watched")
    return values


def _domains(domains: Sequence[str]) -> list[str]:
    if not domains or set(domains) - set(DOMAINS):
        raise InvalidInput("`domains` holds repo, discussion or both.", field="domains")
    return [domain for domain in DOMAINS if domain in domains]


def _secret(secret: str) -> str:
    """It travels in a header: one line of printable ASCII."""
    if len(secret) > MAX_SECRET or not (secret.isascii() and (secret == "" or secret.isprintable())):
        raise InvalidInput(f"A secret has at most {MAX_SECRET} printable ASCII characters.", field="secret")
    return secret


def _check_watched(watched: Watched) -> None:
    if watched.type not in WatchedType.values:
        raise InvalidInput(f"`type` must be one of {', '.join(WatchedType.values)}.", field="watched")
    is_person = watched.type in {WatchedType.USER, WatchedType.ORGANIZATION}
    if not NAME.fullmatch(watched.name) or ("/" in watched.name) == is_person:
        raise InvalidInput(f"“{watched.name[:100]}” is no name of a {watched.type}.", field="watched")
