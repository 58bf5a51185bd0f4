"""Models behind an OpenAI-compatible address: entrants whose weights the hub never sees.

The hub keeps the key sealed and makes the calls itself, for a job that runs: neither engines nor workers
ever hold the key, and every call passes the guard against addresses inside private networks.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from evals_app.catalog.models import EndpointApi, ExternalEndpoint
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor, Reach
from hub.accounts.models import Namespace, Role
from hub.activity import services as activity
from hub.activity.things import Thing
from hub.core import outgoing
from hub.core.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    PermissionRefused,
    Unauthenticated,
    UpstreamFailed,
)

NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,58}[a-z0-9])?")
MAX_KEY = 2_000
SECONDS = 120.0
MAX_ANSWER_BYTES = 8_000_000
PATHS = {EndpointApi.COMPLETIONS: "/completions", EndpointApi.CHAT: "/chat/completions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`tokenizer` is a model of this hub whose tokenizer the server uses; without one only texts can be
    asked for."""

    owner: str
    name: str
    base_url: str
    model: str
    api: str = EndpointApi.CHAT
    key: str = ""
    tokenizer: str = ""
    context: int = 4096


def visible_to(actor: Actor) -> QuerySet[ExternalEndpoint]:
    """Those of namespaces where the actor may write: using one costs its owner money."""
    mine = [pk for pk, role in actor.roles.items() if role.rank >= Role.WRITE.rank]
    return (
        ExternalEndpoint.objects.filter(owner_id__in=mine)
        .select_related("owner")
        .order_by("owner__name", "name")
    )


def get_for(actor: Actor, full_id: str) -> ExternalEndpoint:
    owner, _, name = full_id.partition("/")
    found = visible_to(actor).filter(owner__name__iexact=owner, name=name.lower()).first()
    if found is None:
        raise NotFound(
            f"There is no external endpoint {full_id!r:.120}, or you may not use it.", field="endpoint"
        )
    return found


def create(actor: Actor, wish: Wish) -> ExternalEndpoint:
    """InvalidInput, also for an address that the hub may not call; PermissionRefused; Conflict."""
    if not actor.is_authenticated:
        raise Unauthenticated
    owner = accounts.get_namespace(wish.owner)
    if not _may_manage(actor, owner):
        raise PermissionRefused(f"Endpoints of {owner.name} are made by its administrators.", field="owner")
    _check(wish)
    try:
        with transaction.atomic():
            made = ExternalEndpoint.objects.create(
                owner=owner,
                name=wish.name,
                base_url=wish.base_url.rstrip("/"),
                model=wish.model,
                api=wish.api,
                key=wish.key,
                tokenizer=wish.tokenizer,
                context=wish.context,
                created_by=actor.user,
            )
            _tell("endpoint.created", actor, made)
    except IntegrityError:
        raise Conflict(f"{owner.name} has an endpoint {wish.name} already.", field="name") from None
    return made


@transaction.atomic
def delete(actor: Actor, endpoint: ExternalEndpoint) -> None:
    """Runs that were made with it stay."""
    if not _may_manage(actor, endpoint.owner):
        raise PermissionRefused(f"Endpoints of {endpoint.owner.name} are deleted by its administrators.")
    _tell("endpoint.deleted", actor, endpoint)
    endpoint.delete()


def call(endpoint: ExternalEndpoint, api: str, body: bytes) -> outgoing.Answer:
    """Ask the server. Only the declared API and model: the key must not open anything else.

    Raises InvalidInput, and UpstreamFailed when it cannot be reached.
    """
    if api != endpoint.api:
        raise InvalidInput(f"{endpoint.full_id} speaks {endpoint.api}, not {api}.")
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict) or asked.get("stream"):
        raise InvalidInput("The body must be a JSON object, and nothing is streamed here.")
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    url = endpoint.base_url + PATHS[EndpointApi(endpoint.api)]
    sent = json.dumps({**asked, "model": endpoint.model}).encode()
    try:
        return outgoing.post(url, sent, headers, seconds=SECONDS, most_bytes=MAX_ANSWER_BYTES)
    except outgoing.Unreachable as error:
        raise UpstreamFailed(f"{endpoint.full_id} could not be reached: {error}") from None


def _may_manage(actor: Actor, owner: Namespace) -> bool:
    return actor.has_role(owner.pk, Role.ADMIN) and actor.reach_on_namespace(owner.name) >= Reach.WRITE


def _check(wish: Wish) -> None:
    if not NAME.fullmatch(wish.name):
        raise InvalidInput("`name` must be lower-case letters, digits, '-', '_' or '.'.", field="name")
    try:
        outgoing.check_url(wish.base_url)
    except outgoing.Refused as refused:
        raise InvalidInput(refused.message, field="base_url") from None
    if not 1 <= len(wish.model) <= 200 or not wish.model.isprintable():
        raise InvalidInput("`model` must be the name the server knows it by.", field="model")
    if wish.api not in EndpointApi.values:
        raise InvalidInput(f"`api` must be one of {', '.join(EndpointApi.values)}.", field="api")
    if len(wish.key) > MAX_KEY or not wish.key.isprintable():
        raise InvalidInput(f"`key` must be one line of at most {MAX_KEY} characters.", field="key")
    if wish.tokenizer and wish.tokenizer.count("/") != 1:
        raise InvalidInput("`tokenizer` must be namespace/name of a model on this hub.", field="tokenizer")
    if not 16 <= wish.context <= 10_000_000:
        raise InvalidInput("`context` must be the tokens the server sees, from 16.", field="context")


def _tell(verb: str, actor: Actor, endpoint: ExternalEndpoint) -> None:
    activity.record(
        verb,
        actor=actor,
        thing=Thing("endpoint", str(endpoint.pk), endpoint.full_id, "/endpoints"),
        namespace_id=endpoint.owner_id,
        is_public=False,
        data={"host": endpoint.base_url},
    )
