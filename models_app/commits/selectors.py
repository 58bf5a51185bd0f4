"""History: commits, what they changed, who touched a file last."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice

from django.db.models import Q

from hub.core.errors import RevisionNotFound
from models_app.commits.models import PathChange
from models_app.commits.types import CommitInfo, Diff, FileDiff, HistoryPage, LfsChange
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository
from models_app.repositories.types import LastCommit, LfsInfo, Revision
from models_app.storage import git_commits, git_diffs, git_history
from models_app.storage.git_diffs import Delta
from models_app.storage.git_objects import GitRepository, RawEntry
from models_app.storage.git_store import store

PAGE = 50
PATHS_PER_QUERY = 250
MAX_DIFF_FILES = 300
MAX_DIFF_CHARACTERS = 1_000_000

__all__ = [
    "CommitInfo",
    "Diff",
    "FileDiff",
    "HistoryPage",
    "count",
    "diff",
    "get_commit",
    "history",
    "last_commits",
    "last_commits_of_paths",
]


def history(
    repository: Repository, commit: str, *, path: str = "", after: str = "", limit: int = PAGE
) -> HistoryPage:
    """Commits from `commit` back, newest first; with `path`, those that changed it.

    A later page walks the earlier ones again: about 5 ms for every 1,000 commits.
    """
    git = store().open(repository.storage_id)
    walk = git_history.commits(git, repositories.known_commit(git, commit))
    if after:
        for passed in walk:
            if passed == after:
                break
    path = path.strip("/")
    if path:
        walk = (found for found in walk if git_history.touches(git, found, path))
    page = [info(git, found) for found in islice(walk, limit + 1)]
    return HistoryPage(page[:limit], page[limit - 1].id if len(page) > limit else None)


def count(repository: Repository, commit: str) -> int:
    """Commits reachable from `commit`; free for the tip of the default branch."""
    if commit == repository.head and repository.commit_count:
        return repository.commit_count
    git = store().open(repository.storage_id)
    return sum(1 for _ in git_history.commits(git, repositories.known_commit(git, commit)))


def get_commit(repository: Repository, commit_id: str) -> CommitInfo:
    """By full or short id; RevisionNotFound."""
    git = store().open(repository.storage_id)
    return info(git, full_id(git, commit_id))


def full_id(git: GitRepository, commit_id: str) -> str:
    found = git.resolve(commit_id)
    if found is None:
        raise RevisionNotFound(commit_id)
    return found[0]


def info(git: GitRepository, commit_id: str) -> CommitInfo:
    raw = git_commits.read(git, commit_id)
    return CommitInfo(
        raw.id, raw.title, raw.message, raw.author_name, raw.author_email, raw.date, raw.parents
    )


def last_commits(
    repository: Repository, revision: str | Revision, folder: str, names: Iterable[str]
) -> dict[str, LastCommit]:
    """The newest commit that changed each name of a folder.

    A query or a few on the tip of the default branch; elsewhere one walk over history for all names.
    """
    commit = revision.commit if isinstance(revision, Revision) else revision
    paths = [joined(folder.strip("/"), name) for name in names]
    found = last_commits_of_paths(repository, commit, paths)
    return {path.rpartition("/")[2]: last for path, last in found.items()}


def last_commits_of_paths(
    repository: Repository, revision: str, paths: Collection[str]
) -> dict[str, LastCommit]:
    """The same for paths of any folders: on the tip of the default branch a query for PATHS_PER_QUERY of
    them, elsewhere a walk over history for each folder."""
    git = store().open(repository.storage_id)
    commit = repositories.known_commit(git, revision)
    found = indexed(repository, paths) if commit == repository.head else {}
    for folder, names in by_folder(path for path in paths if path not in found).items():
        changes = git_history.last_changes(git, commit, folder, names)
        found.update((joined(folder, name), changed) for name, changed in changes.items())
    infos = {commit_id: info(git, commit_id) for commit_id in set(found.values())}
    return {path: LastCommit(id_, infos[id_].title, infos[id_].date) for path, id_ in found.items()}


def indexed(repository: Repository, paths: Collection[str]) -> dict[str, str]:
    ordered, found = sorted(paths), dict[str, str]()
    for start in range(0, len(ordered), PATHS_PER_QUERY):
        asked = Q()
        for folder, names in by_folder(ordered[start : start + PATHS_PER_QUERY]).items():
            asked |= Q(parent=folder, name__in=names)
        rows = PathChange.objects.filter(asked, repository=repository)
        values = rows.values_list("parent", "name", "commit")
        found.update((joined(folder, name), commit) for folder, name, commit in values)
    return found


def by_folder(paths: Iterable[str]) -> dict[str, set[str]]:
    folders: dict[str, set[str]] = {}
    for path in paths:
        folder, _slash, name = path.rpartition("/")
        folders.setdefault(folder, set()).add(name)
    return folders


def joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def diff(repository: Repository, commit_id: str) -> Diff:
    """What a commit changed against its first parent; at most 300 files and a million characters."""
    git = store().open(repository.storage_id)
    commit = full_id(git, commit_id)
    return shown_diff(repository, git, commit, list(git_diffs.deltas(git, commit)))


def shown_diff(repository: Repository, git: GitRepository, commit: str, deltas: list[Delta]) -> Diff:
    shown = deltas[:MAX_DIFF_FILES]
    large = large_sides(repository, git, shown)
    files: list[FileDiff] = []
    left = MAX_DIFF_CHARACTERS
    for delta in shown:
        files.append(file_diff(git, delta, large, left))
        left -= len(files[-1].patch)
    return Diff(info(git, commit), files, len(deltas), is_cut=len(deltas) > len(shown) or left < 0)


def large_sides(repository: Repository, git: GitRepository, deltas: list[Delta]) -> dict[str, LfsInfo]:
    """Large files by the id of their pointer blob."""
    oids = {oid for delta in deltas for oid in (delta.old, delta.new) if oid}
    entries = [git.sized(RawEntry(oid, oid, 0, 0)) for oid in sorted(oids)]
    found = repositories.with_large_files(repository, git, entries)
    return {entry.oid: entry.lfs for entry in found if entry.lfs}


def file_diff(git: GitRepository, delta: Delta, large: dict[str, LfsInfo], left: int) -> FileDiff:
    old, new = large.get(delta.old or ""), large.get(delta.new or "")
    lfs = LfsChange(old, new) if old or new else None
    patch = git_diffs.Patch("", 0, 0, is_binary=bool(lfs)) if lfs else git_diffs.patch(git, delta)
    return FileDiff(
        path=delta.path,
        old_path=delta.old_path,
        status=delta.status,
        patch=patch.text if len(patch.text) <= left else "",
        additions=patch.additions,
        deletions=patch.deletions,
        is_binary=patch.is_binary,
        lfs=lfs,
    )
