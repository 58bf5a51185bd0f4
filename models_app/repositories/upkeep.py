"""Chores of one repository's folder, and of all that has none any more."""

from __future__ import annotations

from models_app.repositories.locks import repository_lock
from models_app.repositories.models import Repository
from models_app.storage import git_upkeep
from models_app.storage.git_store import store


def tidy(repository: Repository) -> None:
    """Join packs where there are many; monthly one pack for all. Raises GitFailed."""
    path = store().path(repository.storage_id)
    git_upkeep.remove_drafts(path)
    if git_upkeep.needs_full_repack(path):
        with repository_lock(repository):
            git_upkeep.repack_fully(path)
    elif git_upkeep.needs_repack(path):
        git_upkeep.repack(path)


def empty_trash() -> int:
    """Remove deleted repositories for good, a week after; returns how many."""
    return git_upkeep.empty_trash(store())
