"""A xorb: chunks back to back, each with an 8-byte header. Read and checked here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from models_app.storage.xet import hashes
from models_app.storage.xet.chunks import (
    CHUNK_ROW,
    GROUPED_LZ4,
    MAX_CHUNK_BYTES,
    MAX_CHUNKS,
    MAX_PACKED_BYTES,
    MalformedXet,
    unpack,
    unpack_untrusted,
)

HEADER_BYTES = 8
# Clients count 64 MiB of content; what does not compress comes with its headers on top.
MAX_XORB_BYTES = (64 << 20) + HEADER_BYTES * MAX_CHUNKS
# Old clients append a footer, which is neither stored nor served.
MAX_FOOTER_BYTES = 8 << 20
FOOTER_TAG = b"XETBLOB"


@dataclass(frozen=True, slots=True)
class ChunkHeader:
    packed: int
    scheme: int
    raw: int


@dataclass(frozen=True, slots=True)
class XorbIndex:
    """What a verified xorb holds. `size` is its length without a footer; `chunks` is packed rows."""

    hash: bytes
    size: int
    raw_size: int
    chunk_count: int
    chunks: bytes


def parse_header(head: bytes | memoryview) -> ChunkHeader:
    return ChunkHeader(
        packed=int.from_bytes(head[1:4], "little"), scheme=head[4], raw=int.from_bytes(head[5:8], "little")
    )


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def index(file: Readable) -> XorbIndex:
    """Walk a xorb from an untrusted client: bounds, decompression, hashes, the tree over them.

    Raises MalformedXet. Memory stays at one chunk and 40 bytes for each chunk of the table.
    """
    nodes: list[hashes.Node] = []
    table = bytearray()
    at = 0
    while head := file.read(HEADER_BYTES):
        if head.startswith(FOOTER_TAG):
            break
        header = checked_header(head)
        packed = file.read(header.packed)
        if len(packed) != header.packed:
            raise MalformedXet("the xorb ends inside a chunk")
        digest = hashes.chunk_hash(unpack_untrusted(header.scheme, packed, header.raw))
        at += HEADER_BYTES + header.packed
        nodes.append((digest, header.raw))
        table += digest + header.raw.to_bytes(4, "little") + at.to_bytes(4, "little")
        check_limits(len(nodes), at)
    if not nodes:
        raise MalformedXet("the xorb holds no chunk")
    assert len(table) == len(nodes) * CHUNK_ROW.itemsize
    raw_size = sum(size for _, size in nodes)
    return XorbIndex(hashes.root(nodes), at, raw_size, len(nodes), bytes(table))


def checked_header(head: bytes) -> ChunkHeader:
    if len(head) != HEADER_BYTES:
        raise MalformedXet("the xorb ends inside a chunk header")
    if head[0] != 0:
        raise MalformedXet(f"unknown chunk version {head[0]}")
    header = parse_header(head)
    if header.scheme > GROUPED_LZ4:
        raise MalformedXet(f"unknown compression scheme {header.scheme}")
    if not 0 < header.raw <= MAX_CHUNK_BYTES or not 0 < header.packed <= MAX_PACKED_BYTES:
        raise MalformedXet("a chunk header has a length out of bounds")
    return header


def check_limits(count: int, size: int) -> None:
    if count > MAX_CHUNKS:
        raise MalformedXet(f"a xorb holds at most {MAX_CHUNKS} chunks")
    if size > MAX_XORB_BYTES:
        raise MalformedXet(f"a xorb is at most {MAX_XORB_BYTES} bytes long")


def unpacked_chunks(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The content of consecutive chunks of a verified xorb, from any blocking of their bytes."""
    rest = b""
    for block in blocks:
        buffer = memoryview(rest + block if rest else block)
        at = 0
        while len(buffer) - at >= HEADER_BYTES:
            header = parse_header(buffer[at : at + HEADER_BYTES])
            end = at + HEADER_BYTES + header.packed
            if end > len(buffer):
                break
            yield unpack(header.scheme, buffer[at + HEADER_BYTES : end])
            at = end
        rest = bytes(buffer[at:])
