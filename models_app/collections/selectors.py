"""Reads of collections. What the actor may not see is neither listed nor counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.core.errors import NotFound
from models_app.collections import policies
from models_app.collections.models import Collection, CollectionItem
from models_app.repositories.access import visible_to
from models_app.repositories.models import Repository

ID_AT_END = re.compile(r"[0-9a-f]{24}\Z")
SHOWN_IN_LISTS = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """Conditions hold together; `items` are pairs of type and id, one of which must be held."""

    owners: Sequence[str] = ()
    items: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A collection with those of its items that the actor may see, in their order."""

    collection: Collection
    items: list[CollectionItem]


def get(actor: Actor, slug: str) -> Collection:
    """By any slug that it ever had; NotFound when it is missing or invisible. One query."""
    namespace, _slash, tail = slug.partition("/")
    found = ID_AT_END.search(tail.lower())
    rows = Collection.objects.select_related("namespace")
    collection = rows.filter(pk=found.group(), namespace__key=namespace.lower()).first() if found else None
    if collection is None or not policies.may_see(actor, collection):
        raise NotFound("Collection not found")
    return collection


def visible_collections(actor: Actor) -> QuerySet[Collection]:
    """The rule of `policies.may_see` as a query; newest change first."""
    rows = Collection.objects.select_related("namespace").order_by("-updated_at", "-pk")
    if actor.is_operator:
        return rows
    spaces = Namespace.objects.filter(pk__in=list(actor.roles))
    inside = [space.pk for space in spaces if policies.may_see_private(actor, space)] if actor.roles else []
    return rows.filter(Q(is_private=False) | Q(namespace_id__in=inside))


def list_collections(actor: Actor, wanted: Wanted) -> QuerySet[Collection]:
    rows = visible_collections(actor)
    if wanted.owners:
        rows = rows.filter(namespace__key__in=[owner.lower() for owner in wanted.owners])
    if wanted.items:
        rows = rows.filter(pk__in=_holding(actor, wanted.items).values("collection_id"))
    return rows


def _holding(actor: Actor, items: Sequence[tuple[str, str]]) -> QuerySet[CollectionItem]:
    wanted = Q(pk__in=[])
    for type_, id_ in items:
        if type_ in {"model", "dataset"}:
            namespace, _slash, name = id_.lower().partition("/")
            seen = visible_to(actor).filter(type=type_, namespace__key=namespace, key=name)
            wanted |= Q(repository__in=seen.values("pk"))
        elif type_ == "collection":
            wanted |= Q(target_id=id_[-24:].lower())
        elif id_:
            wanted |= Q(type=type_, paper=id_)
    return CollectionItem.objects.filter(wanted)


def show(actor: Actor, collections: Sequence[Collection], *, most: int | None = None) -> list[Shown]:
    """With their items, at most `most` of each. Four queries, whatever the number of collections."""
    rows = CollectionItem.objects.filter(collection__in=collections).order_by("position", "pk")
    items = list(rows)
    named = {item.repository_id for item in items if item.repository_id}
    repositories: dict[int, Repository] = {row.pk: row for row in visible_to(actor).filter(pk__in=named)}
    nested = {item.target_id for item in items if item.target_id}
    targets = {row.pk: row for row in visible_collections(actor).filter(pk__in=nested)}
    kept: dict[str, list[CollectionItem]] = {collection.pk: [] for collection in collections}
    for item in items:
        if item.repository_id:
            item.repository = repositories.get(item.repository_id)
        if item.target_id:
            item.target = targets.get(item.target_id)
        if item.repository or item.target or item.paper:
            kept[item.collection_id].append(item)
    return [Shown(collection, kept[collection.pk][:most]) for collection in collections]


def show_one(actor: Actor, collection: Collection) -> Shown:
    return show(actor, [collection])[0]


def changeable_by(actor: Actor) -> list[Collection]:
    """Where the actor may add things, by owner and title. Two queries."""
    if actor.user is None:
        return []
    spaces = Namespace.objects.filter(pk__in=list(actor.roles))
    writable = [space.pk for space in spaces if policies.may_change(actor, space)]
    rows = Collection.objects.select_related("namespace").filter(namespace_id__in=writable)
    return list(rows.order_by("namespace__key", "title"))


def get_item(collection: Collection, item_id: str) -> CollectionItem:
    item = collection.items.filter(pk=item_id.lower()).first()
    if item is None:
        raise NotFound("There is no such item.")
    item.collection = collection
    return item
