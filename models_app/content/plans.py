"""How a client may put a range of a file together itself: terms, and where their chunks lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from models_app.content import rebuild
from models_app.storage.xet import hashes
from models_app.storage.xet.chunks import Table, offsets, term_table


@dataclass(frozen=True, slots=True)
class PlanTerm:
    """Chunks `first` to `end` (exclusive) of a xorb, `raw` bytes when unpacked."""

    xorb: str
    raw: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class ChunkRange:
    """Consecutive chunks of a xorb and the half-open bytes of its body that hold them."""

    first: int
    end: int
    start_byte: int
    end_byte: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The terms cover the asked range in whole chunks; `offset` is where in the first it begins."""

    offset: int
    terms: list[PlanTerm]
    ranges: dict[str, list[ChunkRange]]


def plan(packed_terms: bytes, start: int, end: int) -> Plan:
    """The plan for a range that is not empty and lies inside the file."""
    terms = term_table(packed_terms)
    begins = offsets(terms["raw"])
    first = int(np.searchsorted(begins, start, side="right")) - 1
    last = int(np.searchsorted(begins, end, side="left"))
    chosen: list[PlanTerm] = []
    ranges: dict[str, list[ChunkRange]] = {}
    offset = 0
    for at, table in rebuild.tables_of(terms, first, last):
        skipped, term = trimmed(terms[at], table, start - int(begins[at]), end - int(begins[at]))
        offset = skipped if not chosen else offset
        chosen.append(term)
        span = rebuild.chunk_bytes(table, term.first, term.end)
        ranges.setdefault(term.xorb, []).append(ChunkRange(term.first, term.end, *span))
    return Plan(offset, chosen, {xorb: merged(parts) for xorb, parts in ranges.items()})


def trimmed(term: Table, table: Table, start: int, end: int) -> tuple[int, PlanTerm]:
    """The chunks of the term that the range touches, and how far into them it begins."""
    first, last = int(term["first"]), int(term["end"])
    begins = offsets(table["raw"][first:last])
    start, end = max(start, 0), min(end, int(begins[-1]))
    low = int(np.searchsorted(begins, start, side="right")) - 1
    high = int(np.searchsorted(begins, end, side="left"))
    raw = int(begins[high] - begins[low])
    xorb = hashes.to_text(bytes(term["xorb"]))
    return start - int(begins[low]), PlanTerm(xorb, raw, first + low, first + high)


def merged(parts: Iterable[ChunkRange]) -> list[ChunkRange]:
    """Overlapping and touching ranges become one; clients fail on overlapping ones."""
    result: list[ChunkRange] = []
    for part in sorted(parts, key=lambda part: part.first):
        if result and part.first <= result[-1].end:
            previous = result[-1]
            end = max(previous.end, part.end)
            end_byte = max(previous.end_byte, part.end_byte)
            result[-1] = ChunkRange(previous.first, end, previous.start_byte, end_byte)
        else:
            result.append(part)
    return result
