"""Whole objects by the hash of their content: large files and xorbs, on a disk or in S3.

An object is written once and never changed. It becomes visible only complete: a draft is filled and
fsynced, then renamed (or sent) into place, then the folder is fsynced.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

READ_BLOCK = 512 << 10
# The disk begins with what has come so far while more comes in.
SYNC_AHEAD_BYTES = 32 << 20
DRAFT_LIFE_SECONDS = 2 * 86_400


@dataclass(frozen=True, slots=True)
class StoredObject:
    key: str
    size: int
    modified: float


class BlobStore(Protocol):
    """`key` is a hash of 64 hexadecimal digits. Every method may be called from any thread."""

    def new_draft(self) -> Draft: ...

    def adopt(self, draft: Draft, key: str) -> None:
        """Make the draft the object `key`, durably; the draft is used up."""

    def size(self, key: str) -> int | None:
        """Bytes of the object; None when there is none."""

    def read(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Blocks of the half-open range, in constant memory. Raises FileNotFoundError."""

    def delete(self, key: str) -> None:
        """Does nothing when it is gone already."""

    def redirect_url(self, key: str, filename: str) -> str | None:
        """An address of the object on another origin, good for an hour; None where there is none."""

    def local_path(self, key: str) -> Path | None: ...

    def objects(self) -> Iterator[StoredObject]:
        """All objects, in no order."""

    def staging_url(self, place: str, size: int) -> str | None:
        """An address on another origin that takes a PUT of exactly `size` bytes; None where there is none."""

    def stage(self, draft: Draft, place: str) -> None:
        """Keep the draft under a name of its own, until `take_staged`; the draft is used up."""

    def take_staged(self, place: str) -> Draft | None:
        """What was staged, as a draft; it is gone from there. None when there is nothing."""

    def sweep(self) -> int:
        """Remove drafts that nobody writes any more; returns how many."""


class Draft:
    """A file that is being written. What is not adopted by the end of the `with` block is removed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.descriptor, name = tempfile.mkstemp(dir=folder, prefix="draft-")
        self.path = Path(name)
        self.ahead = SyncAhead()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as stack:
            stack.callback(self.path.unlink, missing_ok=True)
            stack.callback(os.close, self.descriptor)
            self.ahead.wait()

    @classmethod
    def taking(cls, path: Path) -> Draft:
        """The file itself, from now on a draft. Raises FileNotFoundError."""
        draft = cls(path.parent)
        os.close(draft.descriptor)
        try:
            path.replace(draft.path)
        except FileNotFoundError:
            draft.path.unlink()
            raise
        draft.descriptor = os.open(draft.path, os.O_RDWR)
        return draft

    def write(self, data: bytes | memoryview) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self.descriptor, left) :]
        self.ahead.after(len(data), self.descriptor)

    def read(self) -> BinaryIO:
        """What was written, from its beginning."""
        return self.path.open("rb", buffering=READ_BLOCK)

    def truncate(self, size: int) -> None:
        os.ftruncate(self.descriptor, size)

    def sync(self) -> None:
        self.ahead.wait()
        os.fsync(self.descriptor)


class SyncAhead:
    """Syncs a file that is being written beside the writing, so that the last sync finds little to do."""

    def __init__(self) -> None:
        self.unsynced = 0
        self.thread: threading.Thread | None = None
        self.failure: OSError | None = None

    def after(self, written: int, descriptor: int) -> None:
        """So many bytes more were written. Raises what an earlier sync met: a disk tells of it only once."""
        self.unsynced += written
        if self.unsynced < SYNC_AHEAD_BYTES or (self.thread and self.thread.is_alive()):
            return
        self.wait()
        self.unsynced = 0
        self.thread = threading.Thread(target=self._sync, args=(descriptor,))
        self.thread.start()

    def _sync(self, descriptor: int) -> None:
        try:
            os.fdatasync(descriptor)
        except OSError as error:
            self.failure = error

    def wait(self) -> None:
        """Until nothing of ours uses the file. Raises what the sync met."""
        if self.thread:
            self.thread.join()
            self.thread = None
        if self.failure:
            failure, self.failure = self.failure, None
            raise failure


class DiskStore:
    """Objects as files below `root`: `12/34/1234…`, which keeps folders small."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def new_draft(self) -> Draft:
        return Draft(self.root / "tmp")

    def path(self, key: str) -> Path:
        return self.root / key[:2] / key[2:4] / key

    def adopt(self, draft: Draft, key: str) -> None:
        draft.sync()
        target = self.path(key)
        make_folder(target.parent)
        # 0600 is mkstemp's; a front server of the same group may send the files itself.
        draft.path.chmod(0o640)
        draft.path.replace(target)
        sync_folder(target.parent)

    def size(self, key: str) -> int | None:
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, key: str, start: int, end: int) -> Iterator[bytes]:
        # Opened before the first block is asked for, so that a missing file is no half answer.
        return blocks_of(self.path(key).open("rb", buffering=0), start, end)

    def delete(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def redirect_url(self, key: str, filename: str) -> str | None:  # noqa: ARG002
        return None

    def local_path(self, key: str) -> Path | None:
        return self.path(key)

    def staging_url(self, place: str, size: int) -> str | None:  # noqa: ARG002
        return None

    def stage(self, draft: Draft, place: str) -> None:
        draft.path.replace(staged_path(self.root / "tmp", place))

    def take_staged(self, place: str) -> Draft | None:
        return take_staged(self.root / "tmp", place)

    def objects(self) -> Iterator[StoredObject]:
        for file in self.root.glob("??/??/*"):
            status = file.stat()
            yield StoredObject(file.name, status.st_size, status.st_mtime)

    def sweep(self) -> int:
        return sweep_drafts(self.root / "tmp")


def blocks_of(file: FileIO, start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while start < end:
            data = file.read(min(READ_BLOCK, end - start))
            if not data:
                raise EOFError(f"{file.name} ends before byte {end}")
            start += len(data)
            yield data


def make_folder(folder: Path) -> None:
    """Create it and its parents, each durably."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for child in reversed(missing):
        child.mkdir(exist_ok=True)
        sync_folder(child.parent)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def staged_path(folder: Path, place: str) -> Path:
    return folder / f"draft-staged-{place}"


def take_staged(folder: Path, place: str) -> Draft | None:
    try:
        return Draft.taking(staged_path(folder, place))
    except FileNotFoundError:
        return None


def sweep_drafts(folder: Path) -> int:
    old = time.time() - DRAFT_LIFE_SECONDS
    stale = [path for path in folder.glob("draft-*") if path.stat().st_mtime < old]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
