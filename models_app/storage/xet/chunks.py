"""Packed tables of chunks and terms, and the compression of one chunk."""

from __future__ import annotations

from typing import Any

import lz4.frame
import numpy as np
from numpy.typing import NDArray

MAX_CHUNK_BYTES = 131_072
MAX_PACKED_BYTES = 262_144
MAX_CHUNKS = 8_192

NONE, LZ4, GROUPED_LZ4 = 0, 1, 2

# 40 bytes a chunk: its hash, its uncompressed length, where it ends in the xorb's body.
CHUNK_ROW = np.dtype([("hash", "V32"), ("raw", "<u4"), ("end", "<u4")])
# 44 bytes a term: xorb, uncompressed bytes, first chunk, chunk after the last.
TERM_ROW = np.dtype([("xorb", "V32"), ("raw", "<u4"), ("first", "<u4"), ("end", "<u4")])

Table = NDArray[np.void]


class MalformedXet(ValueError):
    """Bytes from a client that are not what the protocol says, with a reason the client may read."""


def chunk_table(packed: bytes | memoryview) -> Table:
    return np.frombuffer(packed, dtype=CHUNK_ROW)


def term_table(packed: bytes | memoryview) -> Table:
    return np.frombuffer(packed, dtype=TERM_ROW)


def offsets(lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Where each of the parts begins, and at the end their sum."""
    sums = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, dtype=np.int64, out=sums[1:])
    return sums


def unpack_untrusted(scheme: int, packed: bytes, raw_length: int) -> bytes:
    """Decompress without believing the frame's own size. Raises MalformedXet."""
    if scheme == NONE:
        data = packed
    elif scheme in {LZ4, GROUPED_LZ4}:
        data = bounded_lz4(packed)
    else:
        raise MalformedXet(f"unknown compression scheme {scheme}")
    if len(data) != raw_length:
        raise MalformedXet("a chunk does not have the length that its header says")
    return ungroup(data) if scheme == GROUPED_LZ4 else data


def bounded_lz4(packed: bytes) -> bytes:
    decoder = lz4.frame.LZ4FrameDecompressor()
    try:
        data: bytes = decoder.decompress(packed, max_length=MAX_CHUNK_BYTES + 1)
    except (RuntimeError, EOFError):
        raise MalformedXet("a chunk is not a valid LZ4 frame") from None
    if not decoder.eof or decoder.unused_data:
        raise MalformedXet("a chunk is not exactly one LZ4 frame of at most 131072 bytes")
    return data


def unpack(scheme: int, packed: bytes | memoryview) -> bytes:
    """Decompress a chunk that was verified when it came."""
    if scheme == NONE:
        return bytes(packed)
    data: bytes = lz4.frame.decompress(packed)
    return ungroup(data) if scheme == GROUPED_LZ4 else data


def ungroup(data: bytes) -> bytes:
    """Undo the grouping by position modulo 4 that helps LZ4 on floating-point numbers."""
    planes = np.frombuffer(data, dtype=np.uint8)
    out = np.empty(len(data), dtype=np.uint8)
    quotient, rest = divmod(len(data), 4)
    start = 0
    for k in range(4):
        end = start + quotient + (1 if k < rest else 0)
        out[k::4] = planes[start:end]
        start = end
    return out.tobytes()
