"""What a reference would bring to a branch: commits, differences, conflicts. Nothing is written."""

from __future__ import annotations

from itertools import islice

from hub.core.errors import RevisionNotFound
from models_app.commits import selectors
from models_app.commits.types import CommitInfo, Diff, FileDiff
from models_app.repositories.models import Repository
from models_app.storage import git_diffs, git_history, git_merges
from models_app.storage.git_objects import GitRepository
from models_app.storage.git_store import store
from models_app.storage.pack import PackWriter


def new_commits(repository: Repository, source: str, target: str, *, limit: int) -> list[CommitInfo]:
    """Commits of `source` that `target` lacks, oldest first; of very many the newest `limit`."""
    git = store().open(repository.storage_id)
    tip, base = git.ref(source), git.ref(target)
    if tip is None:
        return []
    found = list(islice(git_history.commits(git, tip, hidden=base or ""), limit))
    return [selectors.info(git, commit) for commit in reversed(found)]


def diff(repository: Repository, source: str, target: str) -> Diff:
    """What `source` changed since it left `target`. RevisionNotFound when `source` is gone."""
    git = store().open(repository.storage_id)
    tip = git.ref(source)
    if tip is None:
        raise RevisionNotFound(source)
    deltas = list(git_diffs.between(git, _base(git, tip, target), tip))
    return selectors.shown_diff(repository, git, tip, deltas)


def conflicts(repository: Repository, source: str, target: str) -> list[str]:
    """The paths that a merge would refuse; empty when either side is gone."""
    git = store().open(repository.storage_id)
    theirs, ours = git.ref(source), git.ref(target)
    if ours is None or theirs is None:
        return []
    base = git_merges.merge_base(git, ours, theirs)
    if base in {ours, theirs}:
        return []
    # Merged texts need some place to go to; leaving the block removes it.
    with PackWriter(git.path) as pack:
        return git_merges.three_way(git, base, ours, theirs, pack).conflicts


def text_of(diff: Diff) -> str:
    """A difference as git would print it, contents of binary and large files left out."""
    return "".join(file.patch or _headline(file) for file in diff.files)


def _headline(file: FileDiff) -> str:
    old, new = file.old_path or file.path, file.path
    return f"diff --git a/{old} b/{new}\nBinary files a/{old} and b/{new} differ\n"


def _base(git: GitRepository, tip: str, target: str) -> str | None:
    ours = git.ref(target)
    return git_merges.merge_base(git, ours, tip) if ours else None
