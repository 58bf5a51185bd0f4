"""Taking blobs out of history: commits and trees are written again without them, all else as it was."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

import pygit2
from pygit2.enums import ObjectType, SortMode

from models_app.storage.git_objects import TREE_MODE, GitRepository
from models_app.storage.pack import PackWriter

EMPTY_TREE = b""
PARENT_OR_TREE = re.compile(rb"(tree|parent) ([0-9a-f]{40})")
ID_BYTES = 20


class HistoryWithout:
    """What references have to point to, once `unwanted` blobs are in no tree any more.

    Costs a read of every commit and of every tree that differs; each is looked at once. Signatures of
    commits stay in them and no longer fit.
    """

    def __init__(self, git: GitRepository, unwanted: Collection[str], pack: PackWriter) -> None:
        self._git, self._unwanted, self._pack = git, frozenset(unwanted), pack
        self._trees: dict[str, str | None] = {}
        self._commits: dict[str, str] = {}

    def rewrite(self, tips: Iterable[str]) -> None:
        """Take in all commits that the tips reach, parents before children."""
        walker = self._git.raw.walk(None, SortMode.TOPOLOGICAL | SortMode.REVERSE)
        for tip in set(tips):
            walker.push(tip)
        for commit in walker:
            self._commit(str(commit.id), commit.read_raw())

    def target(self, oid: str) -> str:
        """What a reference to `oid`, a commit or an annotated tag, has to hold now."""
        found = self._git.raw[oid]
        if found.type != ObjectType.TAG:
            return self._commits.get(oid, oid)
        inner = str(found.target)
        moved = self.target(inner)
        if moved == inner:
            return oid
        return self._pack.add("tag", found.read_raw().replace(inner.encode(), moved.encode(), 1))

    def _commit(self, oid: str, raw: bytes) -> None:
        def moved(match: re.Match[bytes]) -> bytes:
            old = match[2].decode()
            new = self._tree_or_empty(old) if match[1] == b"tree" else self._commits.get(old, old)
            return match[1] + b" " + new.encode()

        head, blank, message = raw.partition(b"\n\n")
        lines = [
            PARENT_OR_TREE.sub(moved, line) if PARENT_OR_TREE.fullmatch(line) else line
            for line in head.split(b"\n")
        ]
        written = b"\n".join(lines) + blank + message
        if written != raw:
            self._commits[oid] = self._pack.add("commit", written)

    def _tree_or_empty(self, oid: str) -> str:
        return self._tree(oid) or self._pack.add("tree", EMPTY_TREE)

    def _tree(self, oid: str) -> str | None:
        """The tree without the blobs; None when nothing is left of it."""
        if oid not in self._trees:
            self._trees[oid] = self._written_tree(oid)
        return self._trees[oid]

    def _written_tree(self, oid: str) -> str | None:
        raw = self._git.raw[oid].read_raw()
        kept = b"".join(self._kept_entries(raw))
        if kept == raw:
            return oid
        return self._pack.add("tree", kept) if kept else None

    def _kept_entries(self, raw: bytes) -> Iterator[bytes]:
        """Entries as git has them, byte by byte: names need not be text."""
        for head, oid in entries_of(raw):
            if int(head.partition(b" ")[0], 8) != TREE_MODE:
                if oid not in self._unwanted:
                    yield head + b"\0" + bytes.fromhex(oid)
            elif (folder := self._tree(oid)) is not None:
                yield head + b"\0" + bytes.fromhex(folder)


def entries_of(raw: bytes) -> Iterator[tuple[bytes, str]]:
    """(mode and name, id) of each entry of a tree object."""
    position = 0
    while position < len(raw):
        end = raw.index(b"\0", position)
        yield raw[position:end], raw[end + 1 : end + 1 + ID_BYTES].hex()
        position = end + 1 + ID_BYTES


def held_by(git: GitRepository, ref: str) -> str | None:
    """The id that a reference holds itself: of an annotated tag where it leads through one."""
    try:
        return str(git.raw.lookup_reference(ref).target)
    except (KeyError, pygit2.GitError):
        return None
