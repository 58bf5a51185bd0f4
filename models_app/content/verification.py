"""Reading everything again: do the stored bytes still have the hashes they were stored under?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from models_app.content.models import LfsObject, LfsStorage, XetXorb
from models_app.content.selectors import Discrepancy
from models_app.storage.blob_store import BlobStore
from models_app.storage.stores import open_store
from models_app.storage.xet import hashes, xorbs
from models_app.storage.xet.chunks import MalformedXet

DAMAGED = "does not have the bytes that were stored"


class Blocks:
    """As much of a file object as parsers need, over blocks of any size."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks = blocks
        self.rest = b""

    def read(self, size: int) -> bytes:
        parts, missing = [self.rest], size - len(self.rest)
        while missing > 0 and (block := next(self.blocks, b"")):
            parts.append(block)
            missing -= len(block)
        data = b"".join(parts)
        self.rest = data[size:]
        return data[:size]


def verify_contents() -> Iterator[Discrepancy]:
    """Hash every blob and every xorb; costs reading all of the store. Missing ones are left to
    `selectors.verify_rows`."""
    store = open_store("lfs")
    blobs = LfsObject.objects.filter(storage=LfsStorage.BLOB).values_list("sha256", "size")
    for key, size in list(blobs):
        if store.size(key) is not None and not is_blob_intact(store, key, size):
            yield Discrepancy("blob", key, DAMAGED, is_error=True)
    store = open_store("xorbs")
    for key, size in list(XetXorb.objects.values_list("hash", "size")):
        if store.size(key) is not None and not is_xorb_intact(store, key, size):
            yield Discrepancy("xorb", key, DAMAGED, is_error=True)


def is_blob_intact(store: BlobStore, key: str, size: int) -> bool:
    digest = hashlib.sha256()
    try:
        for block in store.read(key, 0, size):
            digest.update(block)
    except EOFError:
        return False
    return digest.hexdigest() == key


def is_xorb_intact(store: BlobStore, key: str, size: int) -> bool:
    try:
        return hashes.to_text(xorbs.index(Blocks(store.read(key, 0, size))).hash) == key
    except (MalformedXet, EOFError):
        return False
