"""Bytes of a Xet file from its xorbs, any range, in constant memory.

Prefix sums over terms and over the chunks of a term find where a range begins; only the chunks that
the range touches are read and decompressed. 400 to 800 MiB a second on one core.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hub.core.database import release_connection
from models_app.content.models import XetXorb
from models_app.storage.blob_store import BlobStore
from models_app.storage.stores import open_store
from models_app.storage.xet import hashes
from models_app.storage.xet.chunks import Table, chunk_table, offsets, term_table
from models_app.storage.xet.xorbs import unpacked_chunks

# Chunk tables are fetched for this many xorbs at a time: at most 10 MiB.
TABLES_AHEAD = 32
YIELD_BYTES = 256 << 10


class MissingXorbError(LookupError):
    """A term names a xorb that the hub does not hold."""

    def __init__(self, xorb: str) -> None:
        self.xorb = xorb
        super().__init__(f"xorb {xorb} is not stored here")


def read_terms(packed_terms: bytes, start: int, end: int) -> Iterator[bytes]:
    """Blocks of the half-open byte range of the file that these terms make. Raises MissingXorbError.

    Needs a query for every 32 xorbs, and gives the database connection back after each.
    """
    if start >= end:
        return
    terms = term_table(packed_terms)
    begins = offsets(terms["raw"])
    first = int(np.searchsorted(begins, start, side="right")) - 1
    last = int(np.searchsorted(begins, end, side="left"))
    store = open_store("xorbs")
    parts = (
        part
        for at, table in tables_of(terms, first, last)
        for part in read_term(store, terms[at], table, start - int(begins[at]), end - int(begins[at]))
    )
    yield from regrouped(parts)


def tables_of(terms: Table, first: int, last: int) -> Iterator[tuple[int, Table]]:
    """Each term's position with the chunk table of its xorb."""
    known: dict[bytes, Table] = {}
    for at in range(first, last):
        xorb = bytes(terms["xorb"][at])
        if xorb not in known:
            known = load_tables(names_ahead(terms, at, last))
        if xorb not in known:
            raise MissingXorbError(hashes.to_text(xorb))
        yield at, known[xorb]


def names_ahead(terms: Table, at: int, last: int) -> set[bytes]:
    names: set[bytes] = set()
    while at < last and len(names) < TABLES_AHEAD:
        names.add(bytes(terms["xorb"][at]))
        at += 1
    return names


def load_tables(names: set[bytes]) -> dict[bytes, Table]:
    rows = list(
        XetXorb.objects.filter(hash__in=[hashes.to_text(name) for name in names]).values_list(
            "hash", "chunks"
        )
    )
    release_connection()
    return {hashes.from_text(text): chunk_table(bytes(chunks)) for text, chunks in rows}


def read_term(store: BlobStore, term: Table, table: Table, start: int, end: int) -> Iterator[bytes]:
    """The part of a term between two positions that may lie outside of it."""
    first, last = int(term["first"]), int(term["end"])
    begins = offsets(table["raw"][first:last])
    start, end = max(start, 0), min(end, int(begins[-1]))
    low = int(np.searchsorted(begins, start, side="right")) - 1
    high = int(np.searchsorted(begins, end, side="left"))
    body = chunk_bytes(table, first + low, first + high)
    position = int(begins[low])
    for data in unpacked_chunks(store.read(hashes.to_text(bytes(term["xorb"])), *body)):
        yield data[max(start - position, 0) : end - position]
        position += len(data)


def chunk_bytes(table: Table, first: int, end: int) -> tuple[int, int]:
    """Where the chunks `first` to `end` (exclusive) lie in the body of their xorb."""
    return int(table["end"][first - 1]) if first else 0, int(table["end"][end - 1])


def regrouped(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Fewer, larger blocks: a web server pays for each."""
    pending: list[bytes] = []
    size = 0
    for part in parts:
        pending.append(part)
        size += len(part)
        if size >= YIELD_BYTES:
            yield b"".join(pending)
            pending, size = [], 0
    if pending:
        yield b"".join(pending)
