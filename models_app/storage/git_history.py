"""Walking commits and comparing trees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pygit2.enums import SortMode

from models_app.storage.git_objects import LOOKUP_ERRORS, TREE_MODE, GitRepository

ModeAndId = tuple[int, str]


@dataclass(frozen=True, slots=True)
class TreeChange:
    """One name, file or folder, that differs between two trees; None where it is absent."""

    path: str
    old: ModeAndId | None
    new: ModeAndId | None


def commits(repo: GitRepository, start: str, *, hidden: str = "") -> Iterator[str]:
    """Ids from `start` back, newest first, without those reachable from `hidden`."""
    # Commits of one second tell no order by time alone; a child comes before its parents in any case.
    walker = repo.raw.walk(start, SortMode.TOPOLOGICAL | SortMode.TIME)
    if hidden:
        walker.hide(hidden)
    return (str(commit.id) for commit in walker)


def first_parents(repo: GitRepository, start: str, until: str = "") -> tuple[list[str], bool]:
    """The chain of first parents from `start`, newest first, and whether it met `until` (not part of it)."""
    chain: list[str] = []
    here: str | None = start
    while here and here != until:
        chain.append(here)
        parents = repo.raw[here].parent_ids
        here = str(parents[0]) if parents else None
    return chain, bool(until) and here == until


def exists(repo: GitRepository, commit: str) -> bool:
    try:
        return bool(commit) and repo.raw[commit] is not None
    except LOOKUP_ERRORS:
        return False


def tree_changes(
    repo: GitRepository, old: str | None, new: str | None, prefix: str = ""
) -> Iterator[TreeChange]:
    """Every differing entry at every depth; equal folders are never opened."""
    before, after = names(repo, old), names(repo, new)
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        path = f"{prefix}/{name}" if prefix else name
        yield TreeChange(path, was, now)
        folders = [side[1] if side and side[0] == TREE_MODE else None for side in (was, now)]
        if any(folders):
            yield from tree_changes(repo, folders[0], folders[1], path)


def names(repo: GitRepository, tree: str | None) -> dict[str, ModeAndId]:
    if tree is None:
        return {}
    return {child.name: (int(child.filemode), str(child.id)) for child in repo.raw[tree]}


def id_at(repo: GitRepository, commit: str, path: str) -> str | None:
    """The id of what a path names at a commit, without looking into it."""
    tree = repo.raw[commit].tree
    if not path:
        return str(tree.id)
    try:
        return str(tree[path].id)
    except LOOKUP_ERRORS:
        return None


def touches(repo: GitRepository, commit: str, path: str) -> bool:
    """Whether a commit changed a path against every one of its parents."""
    mine = id_at(repo, commit, path)
    parents = [str(parent) for parent in repo.raw[commit].parent_ids]
    if not parents:
        return mine is not None
    return all(id_at(repo, parent, path) != mine for parent in parents)


def last_changes(repo: GitRepository, start: str, folder: str, wanted: set[str]) -> dict[str, str]:
    """The newest commit that changed each wanted name of a folder; one walk for all of them."""
    left, found = set(wanted), dict[str, str]()
    for commit in commits(repo, start):
        if not left:
            break
        mine = folder_names(repo, commit, folder)
        parents = [folder_names(repo, str(parent), folder) for parent in repo.raw[commit].parent_ids]
        if any(parent == mine for parent in parents):
            continue
        changed = {
            name
            for name in left
            if name in mine and all(parent.get(name) != mine[name] for parent in parents)
        }
        found.update(dict.fromkeys(changed, commit))
        left -= changed
    return found


def folder_names(repo: GitRepository, commit: str, folder: str) -> dict[str, ModeAndId]:
    tree = id_at(repo, commit, folder)
    try:
        return names(repo, tree)
    except TypeError:  # the path is a file at this commit
        return {}
