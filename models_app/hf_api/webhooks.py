"""`/api/settings/webhooks`: a person's own webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.core.errors import InvalidInput, NotOffered
from hub.webhooks import selectors, services
from hub.webhooks.models import Webhook
from hub.webhooks.services import Watched, Wish, owner_of
from models_app.hf_api.http import by_method, hf_view, json_body, json_list, text_of


def webhook_json(webhook: Webhook, *, with_secret: bool = True) -> dict[str, Any]:
    return {
        "id": webhook.pk,
        "url": webhook.url,
        "watched": [{"type": watch.type, "name": watch.name} for watch in webhook.watches.all()],
        "domains": webhook.domains,
        "secret": (webhook.secret or None) if with_secret else None,
        "disabled": webhook.is_disabled,
    }


def answer(webhook: Webhook) -> JsonResponse:
    return JsonResponse({"webhook": webhook_json(webhook)})


@hf_view
def list_webhooks(_request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
    """Without the secrets: they stand in the answers for one webhook, for those who may change it."""
    rows = selectors.webhooks_of(owner_of(actor, writes=False))
    return json_list([webhook_json(webhook, with_secret=False) for webhook in rows])


@hf_view(methods=("POST",))
def create(request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
    owner = owner_of(actor)
    webhook = services.create(actor, wish_in(json_body(request)))
    return answer(selectors.get(owner, webhook.pk))


@hf_view
def show(_request: HttpRequest, actor: Actor, /, *, webhook_id: str) -> HttpResponseBase:
    return answer(selectors.get(owner_of(actor), webhook_id))


@hf_view(methods=("POST",))
def update(request: HttpRequest, actor: Actor, /, *, webhook_id: str) -> HttpResponseBase:
    owner = owner_of(actor)
    services.update(actor, selectors.get(owner, webhook_id), wish_in(json_body(request)))
    return answer(selectors.get(owner, webhook_id))


@hf_view(methods=("DELETE",))
def delete(_request: HttpRequest, actor: Actor, /, *, webhook_id: str) -> HttpResponseBase:
    services.delete(actor, selectors.get(owner_of(actor), webhook_id))
    return HttpResponse(status=200)


@hf_view(methods=("POST",))
def switch(_request: HttpRequest, actor: Actor, /, *, webhook_id: str, disabled: bool) -> HttpResponseBase:
    webhook = selectors.get(owner_of(actor), webhook_id)
    return answer(services.set_disabled(actor, webhook, disabled))


list_or_create = by_method(GET=list_webhooks, POST=create)
one = by_method(GET=show, POST=update, DELETE=delete)


def wish_in(body: Mapping[str, Any]) -> Wish:
    """Raises InvalidInput; NotOffered for webhooks that start a job of the ecosystem."""
    if body.get("jobSourceId"):
        raise NotOffered("Webhooks that start jobs are not offered by this hub; give a `url`.")
    domains = body.get("domains")
    if domains is not None and not (isinstance(domains, list) and all(isinstance(d, str) for d in domains)):
        raise InvalidInput("`domains` must be a list of texts.")
    return Wish(
        url=text_of(body, "url") if body.get("url") is not None else None,
        watched=watched_in(body.get("watched")),
        domains=domains,
        secret=text_of(body, "secret") if body.get("secret") is not None else None,
    )


def watched_in(value: Any) -> list[Watched] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InvalidInput("`watched` must be a list of objects with `type` and `name`.")
    return [Watched(text_of(item, "type"), text_of(item, "name")) for item in value]
