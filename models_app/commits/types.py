"""What the room tells about commits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from models_app.repositories.types import LfsInfo


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """`title` is the first line, `message` what follows it. `author_name` is a user name of this hub
    for commits made here, free text for pushed ones."""

    id: str
    title: str
    message: str
    author_name: str
    author_email: str
    date: datetime
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Newest first. `next_after` is the commit id to continue after, None on the last page."""

    commits: list[CommitInfo]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class LfsChange:
    """A large file before and after; its bytes are not compared."""

    old: LfsInfo | None
    new: LfsInfo | None


@dataclass(frozen=True, slots=True)
class FileDiff:
    """`status` is added, deleted, modified, renamed or copied. `patch` is unified diff text, empty for
    binary and large files and where the diff was cut."""

    path: str
    old_path: str
    status: str
    patch: str
    additions: int
    deletions: int
    is_binary: bool
    lfs: LfsChange | None = None


@dataclass(frozen=True, slots=True)
class Diff:
    """Against the first parent. `is_cut` says that files or patches were left out."""

    commit: CommitInfo
    files: list[FileDiff] = field(default_factory=list)
    file_count: int = 0
    is_cut: bool = False
