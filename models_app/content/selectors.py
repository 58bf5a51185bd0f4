"""Which large content exists, and its bytes. Who may read it is asked of a repository, not here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models_app.content import rebuild
from models_app.content.models import LfsObject, LfsStorage, XetFile, XetXorb
from models_app.storage.blob_store import BlobStore
from models_app.storage.stores import open_store

QUERY_BATCH = 500


def describe(sha256s: Iterable[str]) -> dict[str, LfsObject]:
    """The verified objects among these hashes, one query for every 500."""
    wanted = sorted(set(sha256s))
    found: dict[str, LfsObject] = {}
    for at in range(0, len(wanted), QUERY_BATCH):
        found.update(LfsObject.objects.in_bulk(wanted[at : at + QUERY_BATCH]))
    return found


def read_range(lfs_object: LfsObject, start: int, end: int) -> Iterator[bytes]:
    """Blocks of the half-open range in constant memory, from the blob or rebuilt from xorbs.

    May give the database connection back while it runs.
    """
    if lfs_object.storage == LfsStorage.BLOB:
        return open_store("lfs").read(lfs_object.sha256, start, end)
    return rebuild.read_terms(terms_of(lfs_object), start, end)


def terms_of(lfs_object: LfsObject) -> bytes:
    return bytes(XetFile.objects.values_list("terms", flat=True).get(pk=lfs_object.xet_file_id))


def redirect_url(lfs_object: LfsObject, filename: str) -> str | None:
    """A short-lived address of the whole object on another origin, where the store has one."""
    if lfs_object.storage == LfsStorage.BLOB:
        return open_store("lfs").redirect_url(lfs_object.sha256, filename)
    return None


def local_path(lfs_object: LfsObject) -> str | None:
    """A file on this disk with exactly these bytes, where there is one."""
    if lfs_object.storage != LfsStorage.BLOB:
        return None
    path = open_store("lfs").local_path(lfs_object.sha256)
    return str(path) if path else None


def xorb_path(xorb_hash: str) -> str | None:
    """The file of the xorb on this disk, where there is one."""
    path = open_store("xorbs").local_path(xorb_hash)
    return str(path) if path else None


def xorb_size(xorb_hash: str) -> int | None:
    """Stored bytes of a xorb; None when it is not here."""
    return XetXorb.objects.filter(pk=xorb_hash).values_list("size", flat=True).first()


def read_xorb(xorb_hash: str, start: int, end: int) -> Iterator[bytes]:
    return open_store("xorbs").read(xorb_hash, start, end)


# --- Checking rows against objects ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A row without its object, or the reverse. `kind` is `blob` or `xorb`."""

    kind: str
    key: str
    problem: str
    is_error: bool


def verify_rows() -> Iterator[Discrepancy]:
    """Compare every row with its object, by name and size, and look for objects without rows.

    Costs one look at each object; reads no content. Objects without rows are garbage, not errors.
    """
    blobs = LfsObject.objects.filter(storage=LfsStorage.BLOB)
    yield from verify_kind("blob", open_store("lfs"), dict(blobs.values_list("sha256", "size")))
    yield from verify_kind("xorb", open_store("xorbs"), dict(XetXorb.objects.values_list("hash", "size")))


def verify_kind(kind: str, store: BlobStore, expected: dict[str, int]) -> Iterator[Discrepancy]:
    for item in store.objects():
        size = expected.pop(item.key, None)
        if size is None:
            yield Discrepancy(kind, item.key, "is stored, but no row names it", is_error=False)
        elif size != item.size:
            yield Discrepancy(kind, item.key, f"has {item.size} bytes instead of {size}", is_error=True)
    for key in expected:
        yield Discrepancy(kind, key, "has a row, but its bytes are missing", is_error=True)
