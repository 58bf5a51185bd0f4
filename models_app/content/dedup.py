"""Which chunks the hub holds already, told only of content that the person asking may read.

A client asks with the hash of one chunk in about a thousand, or of a file's first. The answer names the
xorbs of whole files that hold the chunk, since what follows in the client's file is likely to be there
too. Chunk hashes go out keyed with a fresh key, so that only those who have a chunk recognize it; chunks
of a xorb that belong to other files are blanked, hash and length.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from hub.core import clock
from models_app.content import rebuild
from models_app.content.models import XetEligibleChunk, XetFile, XetFileXorb, XetXorb
from models_app.storage.xet import hashes, shards
from models_app.storage.xet.chunks import MAX_CHUNKS, Table, chunk_table, term_table

# Clients may build on an answer for so long; xorbs outlive their last naming by 30 days.
ANSWER_LIFE = timedelta(days=7)
# 64 full xorbs are 4 GiB of content and an answer of 3 MB; a client asks again further on.
MAX_XORBS = 64
MAX_FILES = 8
LOOK_AT_FILES = 200
ROWS_AT_ONCE = 500

Known = Callable[[Sequence[str]], set[str]]


def record_of_xorb(xorb: str, packed_chunks: bytes) -> None:
    """Remember the chunks that clients ask about: those whose hash is divisible by 1024."""
    rows = chunk_table(packed_chunks)
    remember(xorb, [bytes(value) for value in rows["hash"] if hashes.is_eligible(bytes(value))])


def record_of_file(packed_terms: bytes) -> None:
    """Remember the first chunk of a file, which clients ask about whatever its hash."""
    terms = term_table(packed_terms)
    if len(terms):
        _, table = next(rebuild.tables_of(terms, 0, 1))
        remember(hashes.to_text(bytes(terms["xorb"][0])), [bytes(table["hash"][int(terms["first"][0])])])


def remember(xorb: str, chunks: Sequence[bytes]) -> None:
    rows = [XetEligibleChunk(chunk=hashes.to_text(chunk), xorb_id=xorb) for chunk in chunks]
    XetEligibleChunk.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)


@dataclass(slots=True)
class Shown:
    """Which chunks of which xorbs the person may learn of, in the order in which files use them."""

    masks: dict[bytes, NDArray[np.bool_]] = field(default_factory=dict)

    def add(self, terms: Table, hit: set[bytes]) -> None:
        """The terms of a readable file, from the first that lies in a xorb of `hit`, then those before."""
        starts = [at for at in range(len(terms)) if bytes(terms["xorb"][at]) in hit]
        begin = starts[0] if starts else 0
        for at in [*range(begin, len(terms)), *range(begin)]:
            name = bytes(terms["xorb"][at])
            if name not in self.masks:
                if len(self.masks) >= MAX_XORBS:
                    continue
                self.masks[name] = np.zeros(MAX_CHUNKS, dtype=np.bool_)
            self.masks[name][int(terms["first"][at]) : int(terms["end"][at])] = True


def answer(chunk: bytes, known: Known) -> bytes | None:
    """A shard for a client that asks about a chunk; None when there is nothing to tell.

    `known` says which of some sha256 the person may read. Names the xorbs anew, which keeps them.
    """
    text = hashes.to_text(chunk)
    hit = list(XetEligibleChunk.objects.filter(chunk=text).values_list("xorb_id", flat=True)[:MAX_FILES])
    files = readable_files(hit, known)
    shown = Shown()
    for terms in XetFile.objects.filter(pk__in=files).values_list("terms", flat=True):
        shown.add(term_table(bytes(terms)), {hashes.from_text(name) for name in hit})
    tables = tables_of(shown)
    if not any(is_shown(chunk, table, shown.masks[name]) for name, table in tables.items()):
        return None
    now = clock.now()
    XetXorb.objects.filter(hash__in=[hashes.to_text(name) for name in tables]).update(last_named_at=now)
    return sealed(tables, shown, int(now.timestamp()), int((now + ANSWER_LIFE).timestamp()))


def readable_files(xorbs: Sequence[str], known: Known) -> list[str]:
    links = XetFileXorb.objects.filter(xorb__in=xorbs).order_by("-file__verified_at", "file_id")
    files = dict(links.values_list("file__sha256", "file_id")[:LOOK_AT_FILES])
    readable = known(list(files)) if files else set()
    return [file_id for sha256, file_id in files.items() if sha256 in readable][:MAX_FILES]


def is_told_of(xorb: str, known: Known) -> bool:
    """Whether a file of which the person may know uses the xorb."""
    return bool(readable_files([xorb], known))


def tables_of(shown: Shown) -> dict[bytes, Table]:
    found = rebuild.load_tables(set(shown.masks)) if shown.masks else {}
    return {name: found[name] for name in shown.masks if name in found}


def is_shown(chunk: bytes, table: Table, mask: NDArray[np.bool_]) -> bool:
    return chunk in {bytes(value) for value in table["hash"][mask[: len(table)]]}


def sealed(tables: dict[bytes, Table], shown: Shown, created: int, expires: int) -> bytes:
    key = secrets.token_bytes(hashes.HASH_BYTES)
    parts = [keyed_xorb(name, table, shown.masks[name], key) for name, table in tables.items()]
    return shards.reply(parts, key=key, created=created, expires=expires)


def keyed_xorb(name: bytes, table: Table, mask: NDArray[np.bool_], key: bytes) -> shards.ShardXorb:
    """Lengths would give foreign chunks away as well as hashes do, so both are blanked."""
    seen = mask[: len(table)]
    values = b"".join(
        hashes.keyed(key, bytes(value)) if is_seen else secrets.token_bytes(hashes.HASH_BYTES)
        for value, is_seen in zip(table["hash"], seen.tolist(), strict=True)
    )
    lengths = np.where(seen, table["raw"], 0).astype("<u4")
    return shards.ShardXorb(name, values, lengths.tobytes())
