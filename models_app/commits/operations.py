"""The operations of a commit, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AddFile:
    """A small file with its bytes."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class AddLargeFile:
    """A file whose verified bytes the hub holds already, by sha256 (LFS or Xet)."""

    path: str
    sha256: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class CopyFile:
    """A path of `source_revision` (default: the parent commit) under a new name."""

    path: str
    source_path: str
    source_revision: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteFile:
    """A file, or a folder with all below it."""

    path: str


@dataclass(frozen=True, slots=True)
class DeleteFolder:
    path: str


Operation = AddFile | AddLargeFile | CopyFile | DeleteFile | DeleteFolder


@dataclass(frozen=True, slots=True)
class CommitResult:
    """What a commit did. `changed` is False when the tree stayed as it was; the commit exists anyway."""

    commit: str
    parent: str | None
    branch: str
    changed: bool
