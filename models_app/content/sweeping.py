"""Forgetting content that nothing names any more, always after a time of grace.

First the row goes, then the object; between the two an upload of the same content wins.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError

from hub.core import clock
from models_app.content.locks import hold
from models_app.content.models import LfsObject, LfsStorage, XetFile, XetXorb
from models_app.storage.blob_store import BlobStore
from models_app.storage.stores import open_store

Rows = models.QuerySet[Any]

BLOB_GRACE = timedelta(days=7)
# Clients remember for 21 days which xorbs they uploaded, and do not send them again.
XORB_GRACE = timedelta(days=30)
# An object is younger than its row for as long as its upload takes.
STRAY_SECONDS = 2 * 86_400
BATCH = 500


@dataclass(frozen=True, slots=True)
class Swept:
    files: int
    xorbs: int
    strays: int
    drafts: int


def sweep(linked: Callable[[Sequence[str]], set[str]]) -> Swept:
    """Delete files that no repository linked for 7 days, xorbs that nothing named for 30, and litter.

    `linked` says which of some sha256 a repository links to.
    """
    mark_unused(linked)
    return Swept(
        files=sum(forget_file(sha256) for sha256 in unused_files()),
        xorbs=sum(forget_xorb(name) for name in unused_xorbs()),
        strays=sweep_strays(open_store("lfs"), blob_rows()) + sweep_strays(open_store("xorbs"), xorb_rows()),
        drafts=open_store("lfs").sweep() + open_store("xorbs").sweep(),
    )


def mark_unused(linked: Callable[[Sequence[str]], set[str]]) -> None:
    for batch in batches(list(LfsObject.objects.order_by("pk").values_list("pk", flat=True))):
        used = linked(batch)
        rows = LfsObject.objects.filter(pk__in=batch)
        rows.filter(pk__in=used).exclude(unused_since=None).update(unused_since=None)
        rows.exclude(pk__in=used).filter(unused_since=None).update(unused_since=clock.now())


def batches(keys: list[str]) -> Iterator[list[str]]:
    return (keys[at : at + BATCH] for at in range(0, len(keys), BATCH))


def unused_files() -> list[str]:
    rows = LfsObject.objects.filter(unused_since__lt=clock.now() - BLOB_GRACE)
    return list(rows.values_list("pk", flat=True))


def unused_xorbs() -> list[str]:
    rows = XetXorb.objects.filter(last_named_at__lt=clock.now() - XORB_GRACE, file_links=None)
    return list(rows.values_list("pk", flat=True))


def forget_file(sha256: str) -> bool:
    """False when somebody linked to it meanwhile."""
    try:
        with transaction.atomic():
            hold(sha256)
            unused = LfsObject.objects.filter(pk=sha256, unused_since__lt=clock.now() - BLOB_GRACE)
            storage = unused.select_for_update().values_list("storage", flat=True).first()
            unused.delete()
            XetFile.objects.filter(sha256=sha256, lfs_objects=None).delete()
    except ProtectedError:
        return False
    if storage == LfsStorage.BLOB:
        delete_object(open_store("lfs"), blob_rows(), sha256)
    return storage is not None


def forget_xorb(name: str) -> bool:
    try:
        with transaction.atomic():
            hold(name)
            old = XetXorb.objects.filter(pk=name, last_named_at__lt=clock.now() - XORB_GRACE)
            count, _ = old.delete()
    except ProtectedError:
        return False
    if count:
        delete_object(open_store("xorbs"), xorb_rows(), name)
    return bool(count)


def blob_rows() -> Rows:
    return LfsObject.objects.filter(storage=LfsStorage.BLOB)


def xorb_rows() -> Rows:
    return XetXorb.objects.all()


def sweep_strays(store: BlobStore, rows: Rows) -> int:
    """Objects that never got a row: their upload died between the two."""
    old = time.time() - STRAY_SECONDS
    known = set(rows.values_list("pk", flat=True))
    strays = [item.key for item in store.objects() if item.modified < old and item.key not in known]
    return sum(delete_object(store, rows, key) for key in strays)


@transaction.atomic
def delete_object(store: BlobStore, rows: Rows, key: str) -> bool:
    """Delete the bytes if still no row names them."""
    hold(key)
    if rows.filter(pk=key).exists():
        return False
    store.delete(key)
    return True
