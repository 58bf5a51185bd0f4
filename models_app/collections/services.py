"""Writes of collections: making, naming, ordering, filling. Each is one transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.core import clock
from hub.core.errors import Conflict, InvalidInput, NotFound, PermissionRefused, Unauthenticated
from models_app.collections import policies, selectors
from models_app.collections.models import Collection, CollectionItem, ItemType, Theme
from models_app.repositories import access
from models_app.repositories.access import Need

MAX_TITLE = 120
MAX_DESCRIPTION = 2_000
MAX_NOTE = 500
MAX_ITEMS = 1_000
PAPER = re.compile(r"\d{4}\.\d{4,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Change:
    """None leaves it as it is."""

    title: str | None = None
    description: str | None = None
    private: bool | None = None
    theme: str | None = None
    position: int | None = None


def create(
    actor: Actor, owner: str, *, title: str, description: str = "", private: bool = False
) -> Collection:
    """Raises InvalidInput, PermissionRefused; Conflict with its `slug` where the title is taken."""
    if actor.user is None:
        raise Unauthenticated
    namespace = accounts.get_namespace(owner)
    _require(actor, namespace)
    title = _title(title)
    taken = _titled(namespace, title)
    if taken is None:
        try:
            with transaction.atomic():
                return Collection.objects.create(
                    namespace=namespace,
                    title=title,
                    description=_text(description, MAX_DESCRIPTION, "description"),
                    is_private=private,
                    position=namespace.collections.count(),
                    created_by=actor.user,
                    updated_at=clock.now(),
                )
        except IntegrityError:  # somebody took the title in between
            taken = _titled(namespace, title)
    raise _title_taken(taken)


def update(actor: Actor, collection: Collection, change: Change) -> Collection:
    """A new title changes the slug; older slugs lead here all the same."""
    _require(actor, collection.namespace)
    if change.title is not None:
        collection.title = _title(change.title)
        taken = _titled(collection.namespace, collection.title)
        if taken is not None and taken.pk != collection.pk:
            raise _title_taken(taken)
    if change.description is not None:
        collection.description = _text(change.description, MAX_DESCRIPTION, "description")
    if change.private is not None:
        collection.is_private = change.private
    if change.theme is not None:
        if change.theme not in Theme.values:
            raise InvalidInput(f"`theme` must be one of {', '.join(Theme.values)}.", field="theme")
        collection.theme = change.theme
    try:
        with transaction.atomic():
            collection.updated_at = clock.now()
            collection.save()
            if change.position is not None:
                _move_among(collection, change.position)
    except IntegrityError:  # somebody took the title in between
        raise _title_taken(None) from None
    return collection


def delete(actor: Actor, collection: Collection) -> None:
    _require(actor, collection.namespace)
    collection.delete()


def add_item(
    actor: Actor, collection: Collection, type_: str, item_id: str, *, note: str = ""
) -> CollectionItem:
    """At the end. Raises Conflict when it is there, NotFound for what does not exist or is invisible
    to the actor, InvalidInput."""
    _require(actor, collection.namespace)
    item = _item(actor, collection, type_, item_id)
    item.note = _text(note, MAX_NOTE, "note")
    with transaction.atomic():
        _lock(collection)
        count = collection.items.count()
        if count >= MAX_ITEMS:
            raise Conflict(f"A collection has at most {MAX_ITEMS} items.")
        same = {"repository": item.repository, "target": item.target, "paper": item.paper}
        if collection.items.filter(**same).exists():
            raise Conflict("The collection holds this already.")
        item.position = count
        item.save()
        _touch(collection)
    return item


def update_item(
    actor: Actor, item: CollectionItem, *, note: str | None = None, position: int | None = None
) -> None:
    _require(actor, item.collection.namespace)
    with transaction.atomic():
        _lock(item.collection)
        if note is not None:
            item.note = _text(note, MAX_NOTE, "note")
            item.save(update_fields=["note"])
        if position is not None:
            _order(item.collection, item, position)
        _touch(item.collection)


def remove_item(actor: Actor, item: CollectionItem) -> None:
    _require(actor, item.collection.namespace)
    with transaction.atomic():
        _lock(item.collection)
        item.delete()
        _order(item.collection, None, 0)
        _touch(item.collection)


def _item(actor: Actor, collection: Collection, type_: str, item_id: str) -> CollectionItem:
    item = CollectionItem(collection=collection, type=type_)
    if type_ in {ItemType.MODEL, ItemType.DATASET}:
        item.repository = access.get_repository_for(actor, type_, item_id, Need.READ)
    elif type_ == ItemType.COLLECTION:
        item.target = selectors.get(actor, item_id)
        if item.target.pk == collection.pk:
            raise InvalidInput("A collection does not hold itself.")
    elif type_ == ItemType.PAPER:
        if not PAPER.fullmatch(item_id):
            raise NotFound("A paper is named by its arXiv id, such as 1706.03762.")
        item.paper = item_id
    else:
        raise NotFound(f"The hub holds no {type_[:20]} of this name.")
    return item


def require_change(actor: Actor, collection: Collection) -> None:
    """For pages that show a form before anything is changed. Raises PermissionRefused."""
    _require(actor, collection.namespace)


def _require(actor: Actor, namespace: Namespace) -> None:
    if not policies.may_change(actor, namespace):
        raise PermissionRefused(f"You may not change collections of {namespace.name}.")


def _lock(collection: Collection) -> None:
    """Two who order the same collection at once must not leave two items at one place."""
    Collection.objects.select_for_update().get(pk=collection.pk)


def _touch(collection: Collection) -> None:
    collection.updated_at = clock.now()
    collection.save(update_fields=["updated_at"])


def _order(collection: Collection, moved: CollectionItem | None, position: int) -> None:
    """Number the items anew, with `moved` at the wanted place or, beyond the end, last."""
    items = list(collection.items.order_by("position", "pk"))
    if moved is not None:
        items = [item for item in items if item.pk != moved.pk]
        items.insert(max(position, 0), moved)
    for place, item in enumerate(items):
        item.position = place
    CollectionItem.objects.bulk_update(items, ["position"])


def _move_among(collection: Collection, position: int) -> None:
    rows = collection.namespace.collections.order_by("position", "pk")
    others = [row for row in rows if row.pk != collection.pk]
    others.insert(max(position, 0), collection)
    for place, row in enumerate(others):
        row.position = place
    Collection.objects.bulk_update(others, ["position"])


def _titled(namespace: Namespace, title: str) -> Collection | None:
    return Collection.objects.select_related("namespace").filter(namespace=namespace, title=title).first()


def _title_taken(taken: Collection | None) -> Conflict:
    return Conflict(
        "There is a collection of this title already.", field="title", slug=taken.slug if taken else ""
    )


def _title(text: str) -> str:
    title = " ".join(_text(text, MAX_TITLE, "title").split())
    if not title:
        raise InvalidInput("A collection needs a title.", field="title")
    return title


def _text(text: str, most: int, field: str) -> str:
    text = text.replace("\0", "").encode("utf-8", "replace").decode().strip()
    if len(text) > most:
        raise InvalidInput(f"`{field}` has at most {most} characters.", field=field)
    return text
