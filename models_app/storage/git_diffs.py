"""What a commit changed, as files and unified patches of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pygit2
from pygit2.enums import DeltaStatus, DiffFind, FileMode

from models_app.storage.git_objects import GitRepository

STATUS = {
    DeltaStatus.ADDED: "added",
    DeltaStatus.DELETED: "deleted",
    DeltaStatus.MODIFIED: "modified",
    DeltaStatus.RENAMED: "renamed",
    DeltaStatus.COPIED: "copied",
    DeltaStatus.TYPECHANGE: "modified",
}
# A patch of larger blobs costs seconds and nobody reads it.
MAX_BLOB_BYTES = 512 * 1024
BINARY_PROBE_BYTES = 8000


@dataclass(frozen=True, slots=True)
class Delta:
    """`old` and `new` are blob ids, None where the file is absent."""

    path: str
    old_path: str
    status: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Patch:
    """`text` is empty for binary files and for files too large to compare."""

    text: str
    additions: int
    deletions: int
    is_binary: bool


def deltas(repo: GitRepository, commit_id: str) -> Iterator[Delta]:
    """Changed files against the first parent (the empty tree for a root commit), exact renames found."""
    parents = repo.raw[commit_id].parent_ids
    return between(repo, str(parents[0]) if parents else None, commit_id)


def between(repo: GitRepository, base: str | None, commit_id: str) -> Iterator[Delta]:
    """Changed files of a commit against another, or against the empty tree."""
    tree = repo.raw[commit_id].tree
    diff = repo.raw[base].tree.diff_to_tree(tree) if base else tree.diff_to_tree(swap=True)
    diff.find_similar(flags=DiffFind.FIND_RENAMES | DiffFind.FIND_EXACT_MATCH_ONLY)
    for delta in diff.deltas:
        status = STATUS.get(delta.status, "modified")
        yield Delta(
            path=delta.new_file.path,
            old_path=delta.old_file.path,
            status=status,
            old=blob_id(delta.old_file) if status != "added" else None,
            new=blob_id(delta.new_file) if status != "deleted" else None,
        )


def blob_id(side: Any) -> str | None:
    return None if side.mode == FileMode.COMMIT else str(side.id)


def patch(repo: GitRepository, delta: Delta) -> Patch:
    sides = [side for side in (delta.old, delta.new) if side]
    if not sides or delta.old == delta.new or any(repo.size(side) > MAX_BLOB_BYTES for side in sides):
        return Patch("", 0, 0, is_binary=False)
    if any(b"\0" in repo.blob(side)[:BINARY_PROBE_BYTES] for side in sides):
        return Patch("", 0, 0, is_binary=True)
    # A patch points into the memory of its blobs without holding them: these names keep it alive.
    old = repo.raw[delta.old] if delta.old else None
    new = repo.raw[delta.new] if delta.new else None
    made = pygit2.Patch.create_from(old, new, old_as_path=delta.old_path, new_as_path=delta.path)
    _, additions, deletions = made.line_stats
    return Patch(made.data.decode("utf-8", "replace"), additions, deletions, is_binary=False)
