"""Writes git pack files: objects go to disk as they come, so a commit's size never meets memory.

Format: a `PACK` header, then per object a type-and-size varint and a zlib stream, then the SHA-1
of all of it; the index is version 2. No deltas: upkeep repacks later, a commit must be quick.
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import zlib
from io import BufferedRandom
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import Self

TYPE_BITS = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}
PACK_VERSION = 2
LARGE_OFFSET = 0x80000000
# Readable by all, writable by none: packs are never changed after they are written.
PACK_MODE = 0o444


def object_id(kind: str, data: bytes) -> str:
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(data)) + data, usedforsecurity=False).hexdigest()


def entry_header(kind: str, size: int) -> bytes:
    """Type in bits 4-6 of the first byte, the size in groups of 4, 7, 7, … bits, least first."""
    first, size = (TYPE_BITS[kind] << 4) | (size & 15), size >> 4
    out = bytearray()
    while size:
        out.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    out.append(first)
    return bytes(out)


class PackWriter:
    """One new pack of a repository, invisible to git until `publish`.

    `add` → `seal` (complete, on disk, checksums done) → `publish` (renamed into place). `publish`
    is quick, so that the slow half can happen before the repository's lock is taken. Leaving the
    `with` block without publishing removes everything.
    """

    def __init__(self, repository_path: Path) -> None:
        self.folder = repository_path / "objects" / "pack"
        self.offsets: dict[str, tuple[int, int]] = {}
        self.size = 0
        self._file: BufferedRandom | None = None
        self._path = self.folder
        self._sealed: tuple[Path, Path, str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def add(self, kind: str, data: bytes) -> str:
        """Append one object and return its git id; the same object twice is stored once."""
        oid = object_id(kind, data)
        if oid in self.offsets:
            return oid
        packed = entry_header(kind, len(data)) + zlib.compress(data, 1)
        file = self._open()
        self.offsets[oid] = (self.size, zlib.crc32(packed))
        file.write(packed)
        self.size += len(packed)
        return oid

    def seal(self) -> None:
        """Finish both files and force them to disk. Does nothing when no object was added."""
        if self._file is None or self._sealed is not None:
            return
        file, self._file = self._file, None
        with file:
            file.seek(0)
            file.write(struct.pack(">4sII", b"PACK", PACK_VERSION, len(self.offsets)))
            checksum = self._append_checksum(file)
            os.fsync(file.fileno())
        pack = self._path
        index = pack.with_name(pack.name.replace("tmp_pack_", "tmp_idx_"))
        self._sealed = (pack, index, checksum.hex())
        write_durably(index, pack_index(self.offsets, checksum))

    def publish(self) -> None:
        """Make the objects visible: pack before index, because git looks for indexes."""
        self.seal()
        if self._sealed is None:
            return
        pack, index, name = self._sealed
        for draft, suffix in ((pack, ".pack"), (index, ".idx")):
            draft.chmod(PACK_MODE)
            draft.rename(self.folder / f"pack-{name}{suffix}")
        sync_folder(self.folder)
        self._sealed = None

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)
            self._file = None
        if self._sealed is not None:
            for draft in self._sealed[:2]:
                draft.unlink(missing_ok=True)
            self._sealed = None

    def _open(self) -> BufferedRandom:
        if self._file is None:
            if self._sealed is not None:
                raise ValueError("The pack is sealed.")
            handle, name = tempfile.mkstemp(prefix="tmp_pack_", dir=self.folder)
            self._path = Path(name)
            self._file = os.fdopen(handle, "w+b")
            self._file.write(bytes(12))
            self.size = 12
        return self._file

    @staticmethod
    def _append_checksum(file: BufferedRandom) -> bytes:
        # The count in the header is known only now, so the checksum needs a second reading.
        file.flush()
        file.seek(0)
        checksum = hashlib.file_digest(file, lambda: hashlib.sha1(usedforsecurity=False)).digest()
        file.seek(0, os.SEEK_END)
        file.write(checksum)
        file.flush()
        return checksum


def pack_index(offsets: dict[str, tuple[int, int]], pack_checksum: bytes) -> bytes:
    """Version 2 of git's pack index; `offsets` maps an object id to (offset, crc32)."""
    oids = sorted(offsets)
    per_first_byte = [0] * 256
    for oid in oids:
        per_first_byte[int(oid[:2], 16)] += 1
    small, large = bytearray(), bytearray()
    for oid in oids:
        offset = offsets[oid][0]
        if offset < LARGE_OFFSET:
            small += struct.pack(">I", offset)
        else:
            small += struct.pack(">I", LARGE_OFFSET | (len(large) // 8))
            large += struct.pack(">Q", offset)
    body = b"".join(
        (
            b"\xfftOc",
            struct.pack(">I", 2),
            struct.pack(">256I", *accumulate(per_first_byte)),
            b"".join(bytes.fromhex(oid) for oid in oids),
            b"".join(struct.pack(">I", offsets[oid][1]) for oid in oids),
            bytes(small),
            bytes(large),
            pack_checksum,
        )
    )
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
