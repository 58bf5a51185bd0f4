"""A shard: which files consist of which terms, and what new xorbs hold. Parsed as a stream; written
only as the answer to a question about duplicates.

Every count comes from the client, so nothing is allocated before its bytes have been read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from models_app.storage.xet import hashes
from models_app.storage.xet.chunks import MAX_CHUNKS, TERM_ROW, MalformedXet

MAX_SHARD_BYTES = 64 << 20
RECORD_BYTES = 48
TAG = b"HFRepoMetaData" + bytes.fromhex("00556967456a7b815783a5bdd95ccdd14aa9")
VERSION = 2
END_OF_SECTION = b"\xff" * 32
END_RECORD = END_OF_SECTION + bytes(16)
FOOTER_BYTES = 200
WITH_VERIFICATION, WITH_SHA256 = 1 << 31, 1 << 30


TERM_RECORD = np.dtype([("xorb", "V32"), ("flags", "<u4"), ("raw", "<u4"), ("first", "<u4"), ("end", "<u4")])
CHUNK_RECORD = np.dtype([("hash", "V32"), ("start", "<u4"), ("raw", "<u4"), ("unused", "V8")])
PROOF_RECORD = np.dtype([("hash", "V32"), ("unused", "V16")])


@dataclass(frozen=True, slots=True)
class ShardFile:
    """A file as the client describes it. `terms` packs the rows of `chunks.TERM_ROW`, `proofs` their
    verification hashes; `sha256` is the usual hexadecimal form. The last two may be missing."""

    file_id: bytes
    terms: bytes
    proofs: bytes | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class ShardXorb:
    """`chunk_hashes` and `chunk_lengths` (u32) are packed, in order."""

    hash: bytes
    chunk_hashes: bytes
    chunk_lengths: bytes


def parse(file: BinaryIO) -> Iterator[ShardFile | ShardXorb]:
    """The files, then the xorbs of a shard. Raises MalformedXet at the first wrong byte."""
    header = records(file, 1)
    if header[:32] != TAG or struct.unpack_from("<Q", header, 32) != (VERSION,):
        raise MalformedXet("this is not a shard of version 2")
    while (head := records(file, 1))[:32] != END_OF_SECTION:
        yield parse_file(head, file)
    while (head := records(file, 1))[:32] != END_OF_SECTION:
        yield parse_xorb(head, file)


def records(file: BinaryIO, count: int) -> bytes:
    if count > MAX_SHARD_BYTES // RECORD_BYTES:
        raise MalformedXet("the shard names more records than a shard can hold")
    data = file.read(count * RECORD_BYTES)
    if len(data) != count * RECORD_BYTES:
        raise MalformedXet("the shard ends early")
    return data


def parse_file(head: bytes, file: BinaryIO) -> ShardFile:
    flags, count = struct.unpack_from("<II", head, 32)
    entries = np.frombuffer(records(file, count), dtype=TERM_RECORD)
    terms = np.empty(count, dtype=TERM_ROW)
    for name in TERM_ROW.names or ():
        terms[name] = entries[name]
    proofs = None
    if flags & WITH_VERIFICATION:
        proofs = np.frombuffer(records(file, count), dtype=PROOF_RECORD)["hash"].tobytes()
    # The field is stored as Xet stores hashes, so its text form is the usual digest.
    sha256 = hashes.to_text(records(file, 1)[:32]) if flags & WITH_SHA256 else None
    return ShardFile(head[:32], terms.tobytes(), proofs, sha256)


def parse_xorb(head: bytes, file: BinaryIO) -> ShardXorb:
    _, count = struct.unpack_from("<II", head, 32)
    if count > MAX_CHUNKS:
        raise MalformedXet(f"a xorb holds at most {MAX_CHUNKS} chunks")
    entries = np.frombuffer(records(file, count), dtype=CHUNK_RECORD)
    return ShardXorb(head[:32], entries["hash"].tobytes(), entries["raw"].tobytes())


def reply(xorbs: Sequence[ShardXorb], *, key: bytes, created: int, expires: int) -> bytes:
    """A shard without files whose chunk hashes are keyed with `key`; times in Unix seconds."""
    body = b"".join(xorb_records(xorb) for xorb in xorbs) + END_RECORD
    header = TAG + struct.pack("<QQ", VERSION, FOOTER_BYTES)
    footer = len(header) + len(END_RECORD) + len(body)
    sections = struct.pack("<3Q", 1, RECORD_BYTES, 2 * RECORD_BYTES) + struct.pack("<QQ", footer, 0) * 3
    times = key + struct.pack("<QQ", created, expires)
    end = bytes(48) + struct.pack("<4Q", 0, 0, 0, footer)
    return header + END_RECORD + body + sections + times + end


def xorb_records(xorb: ShardXorb) -> bytes:
    lengths = np.frombuffer(xorb.chunk_lengths, dtype="<u4")
    entries = np.zeros(len(lengths), dtype=CHUNK_RECORD)
    entries["hash"] = np.frombuffer(xorb.chunk_hashes, dtype="V32")
    entries["raw"] = lengths
    entries["start"] = np.cumsum(lengths) - lengths
    total = int(lengths.sum())
    return xorb.hash + struct.pack("<IIII", 0, len(lengths), total, total) + entries.tobytes()
