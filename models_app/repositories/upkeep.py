"""Chores of one repository's folder, and of all that has none any more."""

from __future__ import annotations

from hub.core import enqueue
from models_app.repositories.locks import repository_lock
from models_app.repositories.models import Repository
from models_app.storage import git_upkeep
from models_app.storage.git_store import store

TIDY_TASK = "models_app.storage.tidy"


def ask_where_due(repository: Repository) -> None:
    """Have a worker join the packs soon, where commits and pushes have left many; the hourly round may be
    thousands of commits away."""
    if git_upkeep.has_many_packs(store().path(repository.storage_id)):
        enqueue.enqueue_after_commit(TIDY_TASK, repository.pk)


def tidy(repository: Repository) -> None:
    """Join packs where there are many; monthly one pack for all. Nothing while somebody else does it.

    Raises GitFailed, Busy.
    """
    path = store().path(repository.storage_id)
    with git_upkeep.alone(path) as is_alone:
        if not is_alone:
            return
        git_upkeep.remove_drafts(path)
        if git_upkeep.needs_full_repack(path):
            with repository_lock(repository):
                git_upkeep.repack_fully(path)
        elif git_upkeep.needs_repack(path):
            git_upkeep.repack(path)


def empty_trash() -> int:
    """Remove deleted repositories for good, a week after; returns how many."""
    return git_upkeep.empty_trash(store())
