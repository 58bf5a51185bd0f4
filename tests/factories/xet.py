"""Xorbs and shards as clients send them, written apart from the code that reads them."""

from __future__ import annotations

import hashlib
import random
import struct
from dataclasses import dataclass, field

import lz4.frame
import numpy as np

from models_app.storage.xet import hashes

TAG = b"HFRepoMetaData" + bytes(
    [0, 85, 105, 103, 69, 106, 123, 129, 87, 131, 165, 189, 217, 92, 205, 209, 74, 169]
)
BOOKEND = b"\xff" * 32 + bytes(16)


def random_chunks(count: int = 5, size: int = 20_000, seed: int = 0) -> list[bytes]:
    """Chunks of different lengths, half of them compressible."""
    source = random.Random(seed)
    return [
        source.randbytes(size - 17 * i) if i % 2 else bytes([i]) * (size - 13 * i) + source.randbytes(9)
        for i in range(count)
    ]


def group(data: bytes) -> bytes:
    array = np.frombuffer(data, dtype=np.uint8)
    return b"".join(array[k::4].tobytes() for k in range(4))


def pack_chunk(data: bytes, scheme: int) -> bytes:
    body = data if scheme == 0 else lz4.frame.compress(group(data) if scheme == 2 else data)
    return (
        bytes([0])
        + len(body).to_bytes(3, "little")
        + bytes([scheme])
        + len(data).to_bytes(3, "little")
        + body
    )


@dataclass
class Xorb:
    chunks: list[bytes]

    @property
    def nodes(self) -> list[tuple[bytes, int]]:
        return [(hashes.chunk_hash(chunk), len(chunk)) for chunk in self.chunks]

    @property
    def raw_hash(self) -> bytes:
        return hashes.root(self.nodes)

    @property
    def hash(self) -> str:
        return hashes.to_text(self.raw_hash)

    @property
    def body(self) -> bytes:
        return b"".join(pack_chunk(chunk, i % 3) for i, chunk in enumerate(self.chunks))


@dataclass
class FileOfTerms:
    """A file as terms; fields may be set wrong on purpose."""

    terms: list[tuple[Xorb, int, int]]
    sha256: str | None = None
    file_id: bytes | None = None
    proofs: list[bytes] | None = None
    lengths: list[int] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        return b"".join(chunk for xorb, first, end in self.terms for chunk in xorb.chunks[first:end])

    @property
    def real_sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def real_id(self) -> bytes:
        nodes = [node for xorb, first, end in self.terms for node in xorb.nodes[first:end]]
        return hashes.file_hash(hashes.root(nodes))

    @property
    def real_proofs(self) -> list[bytes]:
        return [
            hashes.verification_hash(b"".join(value for value, _ in xorb.nodes[first:end]))
            for xorb, first, end in self.terms
        ]


def shard(files: list[FileOfTerms], xorbs: list[Xorb] | None = None) -> bytes:
    parts = [TAG + struct.pack("<QQ", 2, 0)]
    for file in files:
        parts.append((file.file_id or file.real_id) + struct.pack("<II8x", 3 << 30, len(file.terms)))
        for at, (xorb, first, end) in enumerate(file.terms):
            length = file.lengths[at] if file.lengths else sum(map(len, xorb.chunks[first:end]))
            parts.append(xorb.raw_hash + struct.pack("<IIII", 0, length, first, end))
        parts += [proof + bytes(16) for proof in file.proofs or file.real_proofs]
        parts.append(hashes.from_text(file.sha256 or file.real_sha256) + bytes(16))
    parts.append(BOOKEND)
    for xorb in xorbs or []:
        total = sum(map(len, xorb.chunks))
        parts.append(xorb.raw_hash + struct.pack("<IIII", 0, len(xorb.chunks), total, len(xorb.body)))
        start = 0
        for value, length in xorb.nodes:
            parts.append(value + struct.pack("<II8x", start, length))
            start += length
    parts.append(BOOKEND)
    return b"".join(parts)
