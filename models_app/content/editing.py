"""What a client needs to edit a large file of which it has only the ranges that it changes.

It cuts those ranges, and a little beside them, into chunks anew, and puts the file's hash together from them
and from the parts of the hash tree that stand for everything else. Nothing of the unchanged bytes is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.core.errors import NotFound
from models_app.content import rebuild
from models_app.storage.xet import hashes, subtrees
from models_app.storage.xet.chunks import MAX_CHUNK_BYTES, term_table
from models_app.storage.xet.hashes import Node
from models_app.storage.xet.subtrees import Subtree

# After two chunks of such sizes in a row, cutting anew finds the cuts of the original again.
LEAST_CHUNK_BYTES = 8_192
STEADY_BYTES = range(2 * LEAST_CHUNK_BYTES, MAX_CHUNK_BYTES - LEAST_CHUNK_BYTES)
# Chunks before the first window are folded so many at a time. Other gaps have to be held: 40 MB at most, for
# 12 GB of a file.
FOLD_NODES = 4_096
MAX_NODES = 200_000

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Edit:
    """`windows` are half-open byte ranges between chunks, to be cut anew; `gaps` stand for what lies before,
    between and behind them (None for nothing); `proofs` are the verification hashes of the terms that no
    window touches."""

    chunks: int
    windows: list[Span]
    gaps: list[Subtree | None]
    proofs: list[str]


def edit(packed_terms: bytes, dirty: Sequence[Span]) -> Edit:
    """For half-open ranges inside the file, in order, at least one. Costs a hash for every fourth chunk.

    Raises NotFound where more stands unchanged behind a window than can be held; clients send all of it then.
    """
    walk = _Walk(dirty)
    terms = term_table(packed_terms)
    proofs: list[tuple[Span, str]] = []
    for at, table in rebuild.tables_of(terms, 0, len(terms)):
        rows = table[int(terms["first"][at]) : int(terms["end"][at])]
        begin = walk.position
        for value, size in zip(rows["hash"], rows["raw"].tolist(), strict=True):
            walk.take((bytes(value), size))
        proof = hashes.to_text(hashes.verification_hash(rows["hash"].tobytes()))
        proofs.append(((begin, walk.position), proof))
    walk.close_gap(at_end=True)
    kept = [proof for span, proof in proofs if not any(_touch(span, window) for window in walk.windows)]
    return Edit(walk.count, walk.windows, walk.gaps, kept)


def _touch(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@dataclass(slots=True)
class _Walk:
    """From chunk to chunk. A window is open from the first dirty chunk to where cutting is steady again."""

    dirty: Sequence[Span]
    windows: list[Span] = field(default_factory=list)
    gaps: list[Subtree | None] = field(default_factory=list)
    count: int = 0
    position: int = 0
    _next_dirty: int = 0
    _is_open: bool = False
    _was_steady: bool = False
    _gap: Subtree | None = None
    _waiting: list[Node] = field(default_factory=list)

    def take(self, chunk: Node) -> None:
        start, end = self.position, self.position + chunk[1]
        self.position, self.count = end, self.count + 1
        while self._next_dirty < len(self.dirty) and self.dirty[self._next_dirty][1] <= start:
            self._next_dirty += 1
        is_dirty = self._next_dirty < len(self.dirty) and self.dirty[self._next_dirty][0] < end
        if is_dirty and not self._is_open:
            self.close_gap(at_end=False)
            self.windows.append((start, end))
        elif self._is_open:
            self.windows[-1] = (self.windows[-1][0], end)
        else:
            self._waiting.append(chunk)
            if not self.windows and len(self._waiting) == FOLD_NODES:
                self._fold(at_end=False)
            if len(self._waiting) > MAX_NODES:
                raise NotFound("The file is too large to be edited in parts.")
            return
        is_steady = not is_dirty and chunk[1] in STEADY_BYTES
        self._is_open = not (is_steady and self._was_steady)
        self._was_steady = is_steady and self._is_open

    def close_gap(self, *, at_end: bool) -> None:
        self._fold(at_end=at_end)
        self.gaps.append(self._gap or None)
        self._gap = None

    def _fold(self, *, at_end: bool) -> None:
        is_first = self._gap is None and not self.windows
        part = subtrees.of_chunks(self._waiting, at_start=is_first, at_end=at_end)
        self._gap = subtrees.joined(self._gap, part) if self._gap else part
        self._waiting = []
