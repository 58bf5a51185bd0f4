"""What the room hands out: plain values about one state of a repository."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """What a branch, tag, ref or (short) commit id resolved to."""

    asked: str
    commit: str
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class LfsInfo:
    """The large file behind a pointer blob. `size` is the real size, in bytes."""

    sha256: str
    size: int
    pointer_size: int
    xet_hash: str | None = None


@dataclass(frozen=True, slots=True)
class LastCommit:
    id: str
    title: str
    date: datetime


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file or folder of a revision. `oid` is the git id (blob or tree); `size` is the real size of
    the content (of a large file, not of its pointer), 0 for folders."""

    path: str
    is_directory: bool
    oid: str
    size: int
    lfs: LfsInfo | None = None
    last_commit: LastCommit | None = None

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes of one file, ready to be streamed. `etag` is the git blob id or the sha256, unquoted.

    `read(start, end)` yields blocks of the half-open byte range with constant memory.
    `redirect_url(filename)` gives a short-lived address on another origin (S3), else None.
    `local_path` names a file on this disk that holds exactly these bytes, where there is one.
    """

    size: int
    etag: str
    is_large: bool
    read: Callable[[int, int], Iterator[bytes]]
    redirect_url: Callable[[str], str | None]
    local_path: str | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    name: str
    full_name: str
    commit: str


@dataclass(frozen=True, slots=True)
class Refs:
    branches: list[Ref]
    tags: list[Ref]
    converts: list[Ref]
    pull_requests: list[Ref]
