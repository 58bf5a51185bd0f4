"""Changing a tree: a sparse overlay of edits is laid over a base tree, and only the folders that
it touches are written again, bottom up. No index: reading one costs more than the whole commit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.core.errors import EntryNotFound, Unprocessable
from models_app.storage.git_objects import BLOB_MODE, TREE_MODE, GitRepository
from models_app.storage.pack import PackWriter, object_id

NOTHING_TO_DELETE = "A file with this name doesn't exist"
EXECUTABLE_MODE = 0o100755


@dataclass(slots=True)
class Put:
    """`replaces` is True when the same edits deleted the path before: a folder may stand in its way."""

    oid: str
    mode: int = BLOB_MODE
    replaces: bool = False


@dataclass(slots=True)
class Gone:
    """`must_exist` is False when an earlier edit of the same overlay had put the entry there."""

    path: str
    must_exist: bool = True


@dataclass(slots=True)
class Overlay:
    """Edits of one folder. `cleared` drops what the base tree holds there first."""

    children: dict[str, Put | Gone | Overlay] = field(default_factory=dict)
    cleared: bool = False
    cleared_path: str = ""

    def put(self, path: str, oid: str, mode: int = BLOB_MODE) -> None:
        """A later edit of the same path wins; a file where edits put a folder is refused."""
        folder, name = self._descend(path), path.rpartition("/")[2]
        present = folder.children.get(name)
        if isinstance(present, Overlay) and present.puts_something():
            raise Unprocessable(f"{path} is a folder in this commit and cannot be a file as well.")
        folder.children[name] = Put(oid, mode, replaces=isinstance(present, Gone))

    def delete(self, path: str) -> None:
        """A file or a whole folder; whether it exists is checked when the edits are applied."""
        folder, name = self._descend(path), path.rpartition("/")[2]
        present = folder.children.get(name)
        made_here = isinstance(present, Put) or (isinstance(present, Overlay) and present.puts_something())
        folder.children[name] = Gone(path, must_exist=not made_here and not isinstance(present, Gone))

    def puts_something(self) -> bool:
        return any(
            isinstance(child, Put) or (isinstance(child, Overlay) and child.puts_something())
            for child in self.children.values()
        )

    def _descend(self, path: str) -> Overlay:
        here = self
        walked: list[str] = []
        for segment in path.split("/")[:-1]:
            walked.append(segment)
            child = here.children.get(segment)
            if isinstance(child, Put) and child.mode != TREE_MODE:
                raise Unprocessable(f"{'/'.join(walked)} is a file in this commit and cannot hold {path}.")
            if not isinstance(child, Overlay):
                required = "/".join(walked) if isinstance(child, Gone) and child.must_exist else ""
                child = Overlay(cleared=isinstance(child, Gone), cleared_path=required)
                here.children[segment] = child
            here = child
        return here


Entries = dict[str, tuple[int, str]]


def apply(
    repo: GitRepository, base: str | None, overlay: Overlay, pack: PackWriter, path: str = ""
) -> str | None:
    """The id of the tree that `overlay` makes of the tree `base`; None for an empty folder.

    Raises EntryNotFound for a deletion of nothing, Unprocessable where a file and a folder clash.
    Costs one read and one write for each folder that changes.
    """
    entries = {} if overlay.cleared else base_entries(repo, base)
    for name, edit in overlay.children.items():
        where = f"{path}/{name}" if path else name
        present = entries.get(name)
        if isinstance(edit, Put):
            put_entry(entries, name, edit, where)
        elif isinstance(edit, Gone):
            if present is None and edit.must_exist:
                raise EntryNotFound(NOTHING_TO_DELETE)
            entries.pop(name, None)
        else:
            apply_folder(repo, entries, name, edit, pack, where)
    if not entries:
        return None
    data = serialize(entries)
    return base if base and object_id("tree", data) == base else pack.add("tree", data)


def apply_folder(
    repo: GitRepository, entries: Entries, name: str, edit: Overlay, pack: PackWriter, where: str
) -> None:
    present = entries.get(name)
    if edit.cleared and edit.cleared_path and present is None:
        raise EntryNotFound(NOTHING_TO_DELETE)
    if present and present[0] != TREE_MODE and not edit.cleared:
        if edit.puts_something():
            raise Unprocessable(f"{where} is a file and cannot hold other files.")
        raise EntryNotFound(NOTHING_TO_DELETE)
    child = apply(repo, present[1] if present and not edit.cleared else None, edit, pack, where)
    if child is None:
        entries.pop(name, None)
    else:
        entries[name] = (TREE_MODE, child)


def put_entry(entries: Entries, name: str, edit: Put, where: str) -> None:
    present = entries.get(name)
    if present and present[0] == TREE_MODE and edit.mode != TREE_MODE and not edit.replaces:
        raise Unprocessable(f"{where} is a folder; delete it first to put a file in its place.")
    keeps_bit = present is not None and present[0] == EXECUTABLE_MODE and edit.mode == BLOB_MODE
    entries[name] = (EXECUTABLE_MODE if keeps_bit else edit.mode, edit.oid)


def base_entries(repo: GitRepository, tree_id: str | None) -> Entries:
    if tree_id is None:
        return {}
    return {child.name: (int(child.filemode), str(child.id)) for child in repo.raw[tree_id]}


def serialize(entries: Entries) -> bytes:
    """Git sorts folders as if their names ended in a slash."""
    rows = sorted(
        (name.encode() + (b"/" if mode == TREE_MODE else b""), name.encode(), mode, oid)
        for name, (mode, oid) in entries.items()
    )
    return b"".join(b"%o %s\0" % (mode, name) + bytes.fromhex(oid) for _, name, mode, oid in rows)
