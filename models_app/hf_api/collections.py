"""`/api/collections`: collections as clients know them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.html import escape

from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.core import clock
from hub.core.errors import InvalidInput
from models_app.collections import selectors, services
from models_app.collections.models import Collection, CollectionItem
from models_app.collections.selectors import SHOWN_IN_LISTS, Shown, Wanted
from models_app.collections.services import Change
from models_app.hf_api.http import (
    by_method,
    flag_of,
    hf_view,
    json_body,
    json_list,
    next_page_url,
    query_list,
    text_of,
)
from models_app.hf_api.identity import avatar_url
from models_app.hf_api.paging import page_of_rows

PAGE, MOST = 30, 100
MAX_CONDITIONS = 20
SORTS = {"", "lastModified", "trending", "upvotes"}
PLURALS = {"models": "model", "datasets": "dataset", "papers": "paper", "collections": "collection"}


def collection_json(request: HttpRequest, shown: Shown) -> dict[str, Any]:
    """Everything but `position`, which lists leave out: clients number those themselves."""
    collection = shown.collection
    return {
        "slug": collection.slug,
        "title": collection.title,
        **({"description": collection.description} if collection.description else {}),
        "owner": owner_json(request, collection.namespace),
        "lastUpdated": clock.iso_millis(collection.updated_at),
        "private": collection.is_private,
        "theme": collection.theme,
        "upvotes": 0,
        "isUpvotedByUser": False,
        "gating": False,
        "items": [item_json(item) for item in shown.items],
    }


def owner_json(request: HttpRequest, namespace: Namespace) -> dict[str, Any]:
    return {
        "name": namespace.name,
        "fullname": namespace.display_name,
        "avatarUrl": avatar_url(request, namespace),
        "type": namespace.kind,
        "isPro": False,
    }


def item_json(item: CollectionItem) -> dict[str, Any]:
    common = {
        "_id": item.pk,
        "type": item.type,
        "position": item.position,
        **({"note": {"text": item.note, "html": escape(item.note)}} if item.note else {}),
    }
    if item.target is not None:
        target = item.target
        return {
            **common,
            "id": target.pk,
            "slug": target.slug,
            "title": target.title,
            "private": target.is_private,
        }
    if item.repository is None:
        return {**common, "id": item.paper}
    repository = item.repository
    return {
        **common,
        "id": repository.full_id,
        "author": repository.namespace.name,
        "private": repository.is_private,
        "likes": repository.likes,
        "downloads": repository.downloads,
        "lastModified": clock.iso_millis(repository.updated_at),
        **({"pipeline_tag": repository.task} if repository.task else {}),
    }


def single_json(request: HttpRequest, actor: Actor, collection: Collection) -> dict[str, Any]:
    shown = selectors.show_one(actor, collection)
    return {**collection_json(request, shown), "position": collection.position}


@hf_view
def list_collections(request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
    """Upvotes are off, so every order is that of the last change."""
    if request.GET.get("sort", "") not in SORTS:
        raise InvalidInput("`sort` must be lastModified, trending or upvotes.")
    rows = selectors.list_collections(actor, wanted_in(request))
    page = page_of_rows(request, rows, default=PAGE, most=MOST)
    shown = selectors.show(actor, page.items, most=SHOWN_IN_LISTS)
    items = [collection_json(request, each) for each in shown]
    return json_list(items, next_url=next_page_url(request, page.next_cursor))


def wanted_in(request: HttpRequest) -> Wanted:
    items = []
    for text in query_list(request, "item")[:MAX_CONDITIONS]:
        plural, _slash, item_id = text.partition("/")
        if not item_id or plural not in {*PLURALS, "spaces", "buckets"}:
            raise InvalidInput("`item` must look like models/NAMESPACE/NAME.")
        items.append((PLURALS.get(plural, "space"), item_id))
    return Wanted(query_list(request, "owner")[:MAX_CONDITIONS], items)


@hf_view(methods=("POST",))
def create(request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
    body = json_body(request)
    collection = services.create(
        actor,
        text_of(body, "namespace", actor.name),
        title=text_of(body, "title"),
        description=text_of(body, "description", ""),
        private=flag_of(body, "private") or False,
    )
    return JsonResponse(single_json(request, actor, collection))


@hf_view
def show(request: HttpRequest, actor: Actor, /, *, namespace: str, tail: str) -> HttpResponseBase:
    return JsonResponse(single_json(request, actor, selectors.get(actor, f"{namespace}/{tail}")))


@hf_view(methods=("PATCH",))
def update(request: HttpRequest, actor: Actor, /, *, namespace: str, tail: str) -> HttpResponseBase:
    body = json_body(request)
    change = Change(
        title=text_of(body, "title") if "title" in body else None,
        description=text_of(body, "description") if "description" in body else None,
        private=flag_of(body, "private"),
        theme=text_of(body, "theme") if "theme" in body else None,
        position=number_of(body, "position"),
    )
    collection = services.update(actor, selectors.get(actor, f"{namespace}/{tail}"), change)
    return JsonResponse({"success": True, "data": single_json(request, actor, collection)})


@hf_view(methods=("DELETE",))
def delete(_request: HttpRequest, actor: Actor, /, *, namespace: str, tail: str) -> HttpResponseBase:
    services.delete(actor, selectors.get(actor, f"{namespace}/{tail}"))
    return HttpResponse(status=200)


@hf_view(methods=("POST",))
def add_item(request: HttpRequest, actor: Actor, /, *, namespace: str, tail: str) -> HttpResponseBase:
    body = json_body(request)
    item = body.get("item")
    if not isinstance(item, dict):
        raise InvalidInput("`item` must be an object with `type` and `id`.")
    collection = selectors.get(actor, f"{namespace}/{tail}")
    note = text_of(body, "note", "")
    services.add_item(actor, collection, text_of(item, "type"), text_of(item, "id"), note=note)
    return JsonResponse(single_json(request, actor, collection))


@hf_view(methods=("PATCH",))
def update_item(
    request: HttpRequest, actor: Actor, /, *, namespace: str, tail: str, item_id: str
) -> HttpResponseBase:
    body = json_body(request)
    item = selectors.get_item(selectors.get(actor, f"{namespace}/{tail}"), item_id)
    note = text_of(body, "note") if "note" in body else None
    services.update_item(actor, item, note=note, position=number_of(body, "position"))
    return JsonResponse({"success": True})


@hf_view(methods=("DELETE",))
def remove_item(
    _request: HttpRequest, actor: Actor, /, *, namespace: str, tail: str, item_id: str
) -> HttpResponseBase:
    collection = selectors.get(actor, f"{namespace}/{tail}")
    services.remove_item(actor, selectors.get_item(collection, item_id))
    return JsonResponse({"success": True})


list_or_create = by_method(GET=list_collections, POST=create)
one = by_method(GET=show, PATCH=update, DELETE=delete)
one_item = by_method(PATCH=update_item, DELETE=remove_item)


def number_of(body: Mapping[str, Any], key: str) -> int | None:
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1_000_000:
        raise InvalidInput(f"`{key}` must be a whole number from 0.")
    return value
