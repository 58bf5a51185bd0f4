"""Xorbs that arrive first and are verified afterwards: at an address of the hub, or in the object store.

What arrived lies in a place of its own under a random name, and is no content before `commit`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from hub.core import clock
from hub.core.database import release_connection
from hub.core.errors import NotFound
from models_app.content.models import XetXorb
from models_app.content.services import adopt_verified, parse_hash, receive_bounded
from models_app.storage.stores import open_store


def is_stored(xorb_hash: str) -> bool:
    """Whether the xorb needs no sending; if so, it is named anew, which keeps it."""
    parse_hash(xorb_hash)
    known = XetXorb.objects.filter(pk=xorb_hash).update(last_named_at=clock.now())
    return bool(known) and open_store("xorbs").size(xorb_hash) is not None


def new_place() -> str:
    return uuid.uuid4().hex


def outside_url(place: str, size: int) -> str | None:
    """An address of the object store that takes exactly `size` bytes; None where there is none."""
    return open_store("xorbs").staging_url(place, size)


def receive(place: str, stream: Iterable[bytes]) -> None:
    """Keep a body for `commit`, unread; it is forgotten after two days."""
    store = open_store("xorbs")
    release_connection()
    with store.new_draft() as draft:
        receive_bounded(stream, draft)
        store.stage(draft, place)


def commit(xorb_hash: str, place: str) -> bool:
    """Verify what arrived and make it the xorb; False when it was here already.

    Raises NotFound when nothing arrived, InvalidInput when it is not this xorb. Either way what arrived
    is used up.
    """
    expected = parse_hash(xorb_hash)
    store = open_store("xorbs")
    draft = store.take_staged(place)
    if draft is None:
        raise NotFound("Nothing arrived for this grant.")
    with draft:
        return adopt_verified(store, draft, xorb_hash, expected)
