"""Reading one bare repository: references, trees, blobs. Everything is addressed by id or path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pygit2
from pygit2.enums import FileMode, ObjectType, Option

# libgit2 leaves references unsynced by default; a power cut could then lose an acknowledged commit.
pygit2.option(Option.ENABLE_FSYNC_GITDIR, True)
# Everything below the data folder is the hub's own, whichever user mounted the volume.
pygit2.option(Option.SET_OWNER_VALIDATION, False)

DEFAULT_BRANCH = "main"
HEX = re.compile(r"[0-9a-f]{4,40}")
FULL_ID = re.compile(r"[0-9a-f]{40}")
TREE_MODE = int(FileMode.TREE)
BLOB_MODE = int(FileMode.BLOB)
SUBMODULE_MODE = int(FileMode.COMMIT)
# What libgit2 raises for names and ids that are malformed, unknown or ambiguous.
LOOKUP_ERRORS = (KeyError, ValueError, pygit2.GitError)


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One name in a tree as git knows it; `size` is the blob's, 0 for folders."""

    path: str
    oid: str
    mode: int
    size: int

    @property
    def is_folder(self) -> bool:
        return self.mode == TREE_MODE


class RefMoved(Exception):
    """The reference did not have the expected value any more."""


class GitRepository:
    """One opened repository. Opening costs 0.2 ms; objects of this class are not shared by threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.raw: Any = pygit2.Repository(str(path))

    # --- references

    def ref(self, full_name: str) -> str | None:
        """The commit a reference leads to, through annotated tags; None when it is absent."""
        try:
            reference = self.raw.lookup_reference(full_name)
            return str(reference.peel(pygit2.Commit).id)
        except LOOKUP_ERRORS:
            return None

    def refs(self) -> list[tuple[str, str]]:
        """All (full name, commit) pairs in order of name."""
        names = sorted(self.raw.references)
        return [(name, commit) for name in names if (commit := self.ref(name))]

    def resolve(self, revision: str) -> tuple[str, str | None] | None:
        """(commit, full reference name or None) of a branch, tag, reference or commit id, in this order."""
        candidates = [f"refs/heads/{revision}", f"refs/tags/{revision}"]
        if revision.startswith("refs/"):
            candidates.insert(0, revision)
        elif revision == "HEAD":
            candidates.insert(0, f"refs/heads/{DEFAULT_BRANCH}")
        for name in candidates:
            if commit := self.ref(name):
                return commit, name
        commit = self.commit_id(revision) if HEX.fullmatch(revision) else None
        return (commit, None) if commit else None

    def commit_id(self, prefix: str) -> str | None:
        """The full id of the commit that begins with `prefix`; None when none or several do."""
        try:
            found = self.raw[prefix]
        except LOOKUP_ERRORS:
            return None
        if found.type == ObjectType.TAG:
            found = found.peel(pygit2.Commit)
        return str(found.id) if found.type == ObjectType.COMMIT else None

    def move_ref(self, full_name: str, *, expected: str | None, target: str) -> None:
        """Compare and swap; `expected` None means that the reference must be new. Raises RefMoved."""
        try:
            if expected is None:
                self.raw.references.create(full_name, target, force=False)
                return
            reference = self.raw.lookup_reference(full_name)
            if str(reference.target) != expected:
                raise RefMoved(full_name)
            # libgit2 compares with the value `reference` was read with, under its file lock.
            reference.set_target(target)
        except (KeyError, pygit2.AlreadyExistsError, pygit2.GitError):
            raise RefMoved(full_name) from None

    def delete_ref(self, full_name: str) -> None:
        self.raw.references.delete(full_name)

    # --- trees

    def tree_id(self, commit: str) -> str:
        return str(self.raw[commit].tree_id)

    def entry(self, commit: str, path: str) -> RawEntry | None:
        """What a path names at a commit; the root folder is the path ''."""
        tree = self.raw[commit].tree
        if not path:
            return RawEntry("", str(tree.id), TREE_MODE, 0)
        try:
            found = tree[path]
        except LOOKUP_ERRORS:
            return None
        return self._entry(path, found)

    def folder(self, tree_id: str, prefix: str = "") -> list[RawEntry]:
        """The entries of one tree in git's order, without sizes of blobs."""
        lead = f"{prefix}/" if prefix else ""
        return [
            RawEntry(lead + child.name, str(child.id), mode, 0)
            for child in self.raw[tree_id]
            # Read once: every access builds an enum member anew.
            if (mode := int(child.filemode)) != SUBMODULE_MODE
        ]

    def walk(self, tree_id: str, prefix: str = "", after: str = "") -> Iterator[RawEntry]:
        """Everything below a tree, folders before their contents, resuming after the path `after`."""
        entries = self.folder(tree_id, prefix)
        if after:
            first = after.partition("/")[0]
            names = [entry.path.rpartition("/")[2] for entry in entries]
            position = names.index(first) if first in names else len(names)
            resumed, entries = entries[position : position + 1], entries[position + 1 :]
            for entry in resumed:
                if entry.is_folder:
                    yield from self.walk(entry.oid, entry.path, after.partition("/")[2])
        for entry in entries:
            yield entry
            if entry.is_folder:
                yield from self.walk(entry.oid, entry.path)

    def sized(self, entry: RawEntry) -> RawEntry:
        return entry if entry.is_folder else RawEntry(entry.path, entry.oid, entry.mode, self.size(entry.oid))

    def _entry(self, path: str, found: Any) -> RawEntry | None:
        if found.filemode == FileMode.COMMIT:
            return None
        return self.sized(RawEntry(path, str(found.id), int(found.filemode), 0))

    # --- blobs

    def size(self, oid: str) -> int:
        """Bytes of an object, from its header alone."""
        return int(self.raw.odb.read_header(oid)[1])

    def blob(self, oid: str) -> bytes:
        return bytes(self.raw.odb.read(oid)[1])
