"""Three-way merge of two commits: which edits carry one side's changes over to the other.

Only folders that differ are opened, and only files that both sides changed are read. Renames are
not followed: a file that one side moved and the other changed is a conflict.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pygit2

from models_app.storage import git_history, lfs_pointers
from models_app.storage.git_diffs import BINARY_PROBE_BYTES, MAX_BLOB_BYTES
from models_app.storage.git_history import ModeAndId, TreeChange
from models_app.storage.git_objects import BLOB_MODE, LOOKUP_ERRORS, TREE_MODE, GitRepository
from models_app.storage.git_trees import Overlay
from models_app.storage.pack import PackWriter

# An index entry needs some path; the texts are merged without regard to it.
ANY_PATH = "file"


@dataclass(slots=True)
class Merge:
    """The edits that make our tree the merged one; worthless where `conflicts` names paths.

    `texts` holds the content of files that both sides changed, as merged line by line.
    """

    overlay: Overlay = field(default_factory=Overlay)
    conflicts: list[str] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)


def merge_base(repo: GitRepository, one: str, other: str) -> str | None:
    """The newest commit that both descend from; None for unrelated histories."""
    found = repo.raw.merge_base(one, other)
    return str(found) if found else None


def three_way(repo: GitRepository, base: str | None, ours: str, theirs: str, pack: PackWriter) -> Merge:
    """What `theirs` changed since `base`, laid over the tree of `ours`. All three are commits.

    Merged texts go to `pack`. Costs one reading of each folder that `theirs` changed.
    """
    merge = Merge()
    before = repo.tree_id(base) if base else None
    changes = {change.path: change for change in git_history.tree_changes(repo, before, repo.tree_id(theirs))}
    puts: list[tuple[str, ModeAndId]] = []
    # Deletions before what comes into their place, and deeper paths first.
    for change in reversed(changes.values()):
        old, new, present = _file(change.old), _file(change.new), _at(repo, ours, change.path)
        mine = _file(present)
        if new in (old, mine):
            continue
        if mine == old and (new is None or _has_room(repo, ours, change, present, changes)):
            if new is None or mine != present:
                merge.overlay.delete(change.path)
            if new is not None:
                puts.append((change.path, new))
        elif (text := _merged_text(repo, old, mine, new)) is not None and mine is not None:
            merge.texts[change.path] = text
            puts.append((change.path, (mine[0], pack.add("blob", text))))
        else:
            merge.conflicts.append(change.path)
    for path, (mode, oid) in puts:
        merge.overlay.put(path, oid, mode)
    merge.conflicts.sort()
    return merge


def _file(side: ModeAndId | None) -> ModeAndId | None:
    return None if side is None or side[0] == TREE_MODE else side


def _has_room(
    repo: GitRepository,
    ours: str,
    change: TreeChange,
    present: ModeAndId | None,
    changes: dict[str, TreeChange],
) -> bool:
    """Whether a file can stand at the path: our side has no folder there, and no file above it, except
    such as the other side took away as it found them."""
    if present is not None:
        return present == change.old
    above = change.path
    while above := above.rpartition("/")[0]:
        file = _file(_at(repo, ours, above))
        if file is not None and (above not in changes or changes[above].old != file):
            return False
    return True


def _at(repo: GitRepository, commit: str, path: str) -> ModeAndId | None:
    try:
        found = repo.raw[commit].tree[path]
    except LOOKUP_ERRORS:
        return None
    return int(found.filemode), str(found.id)


def _merged_text(repo: GitRepository, *sides: ModeAndId | None) -> bytes | None:
    """Ancestor, ours and theirs merged line by line. None where that is impossible: a side without the
    file, no text, too large, or the same lines changed twice."""
    oids = [side[1] for side in sides if side]
    if len(oids) < len(sides) or not all(_is_text(repo, oid) for oid in oids):
        return None
    entries = [pygit2.IndexEntry(ANY_PATH, pygit2.Oid(hex=oid), BLOB_MODE) for oid in oids]
    merged = repo.raw.merge_file_from_index(*entries)
    return merged.contents.encode() if merged.automergeable else None


def _is_text(repo: GitRepository, oid: str) -> bool:
    if repo.size(oid) > MAX_BLOB_BYTES:
        return False
    data = repo.blob(oid)
    if b"\0" in data[:BINARY_PROBE_BYTES] or lfs_pointers.parse(data):
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
