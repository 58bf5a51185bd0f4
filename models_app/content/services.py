"""How large content comes in: received whole, verified, made durable, then a row says that it exists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from hub.core import clock
from hub.core.database import release_connection
from hub.core.errors import Busy, InvalidInput, TooLarge
from models_app.content import dedup
from models_app.content.locks import hold
from models_app.content.models import LfsObject, LfsStorage, XetXorb
from models_app.content.registration import Progress, register_shard, registering
from models_app.storage.blob_store import BlobStore, Draft
from models_app.storage.intake import Intake
from models_app.storage.stores import open_store
from models_app.storage.xet import hashes, xorbs
from models_app.storage.xet.chunks import MalformedXet

__all__ = ["Progress", "check_sha256", "receive_blob", "receive_xorb", "register_shard", "registering"]

HEXADECIMAL = frozenset("0123456789abcdef")


def check_sha256(text: str) -> str:
    if len(text) != 64 or not HEXADECIMAL.issuperset(text):
        raise InvalidInput("A sha256 is 64 lower-case hexadecimal digits.")
    return text


def receive_blob(stream: Iterable[bytes], sha256: str, size: int) -> LfsObject:
    """Store a large file under its sha256. When this returns, its bytes are durable and verified.

    Constant memory. Content that is here already is still read and compared: whoever names a hash
    must show that they have the bytes. Raises InvalidInput when size or checksum differ, TooLarge.
    """
    check_sha256(sha256)
    if size > settings.MAX_LFS_FILE_BYTES:
        raise TooLarge(f"A file may hold at most {settings.MAX_LFS_FILE_BYTES} bytes.")
    store = open_store("lfs")
    known = LfsObject.objects.filter(pk=sha256).first()
    stored = known is not None and (known.storage == LfsStorage.XET or store.size(sha256) == known.size)
    release_connection()
    if known and stored:
        check_content(stream, sha256, size)
        return known
    with store.new_draft() as draft:
        check_content(stream, sha256, size, draft)
        store.adopt(draft, sha256)
    return record_blob(store, sha256, size)


def check_content(stream: Iterable[bytes], sha256: str, size: int, draft: Draft | None = None) -> None:
    """Receive into the draft, if there is one. Raises InvalidInput when size or checksum differ."""
    digest = hashlib.sha256()
    with Intake(draft, digest) as intake:
        for block in stream:
            intake.put(block)
            if intake.received > size:
                raise InvalidInput(f"The content is longer than the {size} bytes that were announced.")
        intake.finish()
    if intake.received != size:
        raise InvalidInput(f"The content has {intake.received} bytes, {size} were announced.")
    if digest.hexdigest() != sha256:
        raise InvalidInput(f"The content's sha256 is {digest.hexdigest()}, not {sha256}.")


@transaction.atomic
def record_blob(store: BlobStore, sha256: str, size: int) -> LfsObject:
    hold(sha256)
    row, _ = LfsObject.objects.get_or_create(
        sha256=sha256, defaults={"size": size, "storage": LfsStorage.BLOB}
    )
    require_object(store, sha256)
    return row


@transaction.atomic
def prefer_chunks(sha256: str) -> bool:
    """Serve a file from its chunks alone; False when it has none. The whole file is then garbage, which
    the sweep removes under the same lock."""
    hold(sha256)
    whole = LfsObject.objects.filter(pk=sha256, storage=LfsStorage.BLOB, xet_file__isnull=False)
    return bool(whole.update(storage=LfsStorage.XET))


def require_object(store: BlobStore, key: str) -> None:
    """A sweep may have removed an unnamed object between its arrival and its row."""
    if store.size(key) is None:
        raise Busy("The upload met a clean-up of old content. Please send it again.")


def receive_xorb(xorb_hash: str, stream: Iterable[bytes], *, trust_known: bool = True) -> bool:
    """Store a xorb under its Merkle hash, verified chunk by chunk; False when it was here already.

    With `trust_known` the bytes of a known one are not looked at. Without, they are verified all the
    same, so that nobody learns from a false upload which xorbs are here. At most 64 MiB; memory stays at
    a chunk and 40 bytes a chunk. Raises InvalidInput, TooLarge.
    """
    expected = parse_hash(xorb_hash)
    store = open_store("xorbs")
    known = XetXorb.objects.filter(pk=xorb_hash).update(last_named_at=clock.now())
    release_connection()  # a slow upload holds only its thread
    if trust_known and known and store.size(xorb_hash) is not None:
        receive_bounded(stream, None)
        return False
    with store.new_draft() as draft:
        receive_bounded(stream, draft)
        return adopt_verified(store, draft, xorb_hash, expected)


def adopt_verified(store: BlobStore, draft: Draft, xorb_hash: str, expected: bytes) -> bool:
    """Make the draft the xorb of this hash if it is. Raises InvalidInput."""
    with draft.read() as file:
        index = verified_index(file, expected)
    draft.truncate(index.size)
    draft.sync()  # before anything is held
    return record_xorb(store, draft, xorb_hash, index)


def parse_hash(text: str) -> bytes:
    try:
        return hashes.from_text(text)
    except ValueError as error:
        raise InvalidInput(f"Not a Xet hash: {error}.") from None


def receive_bounded(stream: Iterable[bytes], draft: Draft | None) -> None:
    """Receive a xorb into the draft, if there is one. Raises TooLarge."""
    with Intake(draft) as intake:
        for block in stream:
            intake.put(block)
            if intake.received > xorbs.MAX_XORB_BYTES + xorbs.MAX_FOOTER_BYTES:
                raise TooLarge(f"A xorb is at most {xorbs.MAX_XORB_BYTES} bytes long.")
        intake.finish()


def verified_index(file: BinaryIO, expected: bytes) -> xorbs.XorbIndex:
    try:
        index = xorbs.index(file)
    except MalformedXet as error:
        raise InvalidInput(f"Broken xorb: {error}.") from None
    if index.hash != expected:
        raise InvalidInput(f"The xorb's hash is {hashes.to_text(index.hash)}, not the one in the address.")
    return index


@transaction.atomic
def record_xorb(store: BlobStore, draft: Draft, xorb_hash: str, index: xorbs.XorbIndex) -> bool:
    """The row tells where each chunk lies in the body that is stored. Another body of the same chunks, packed
    otherwise, must not take its place: so one that is here stays, and row and body change together."""
    hold(xorb_hash)
    row = XetXorb.objects.filter(pk=xorb_hash)
    if row.update(last_named_at=clock.now()) and store.size(xorb_hash) is not None:
        return False
    store.adopt(draft, xorb_hash)
    _, created = XetXorb.objects.update_or_create(
        hash=xorb_hash,
        defaults={
            "size": index.size,
            "raw_size": index.raw_size,
            "chunk_count": index.chunk_count,
            "chunks": index.chunks,
            "last_named_at": clock.now(),
        },
    )
    require_object(store, xorb_hash)
    dedup.record_of_xorb(xorb_hash, index.chunks)
    return created
