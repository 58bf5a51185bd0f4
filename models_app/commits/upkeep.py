"""The hourly round over all repositories: heal indexes, finish interrupted pushes, repack."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from hub.core.errors import Busy, RepositoryNotFound
from models_app.commits import pushes, services
from models_app.repositories import derived, large_files, upkeep
from models_app.repositories.models import Repository
from models_app.storage.git_objects import DEFAULT_BRANCH
from models_app.storage.git_processes import GitFailed
from models_app.storage.git_store import store

log = logging.getLogger(__name__)

REFUSALS = (GitFailed, Busy, RepositoryNotFound, OSError)


@dataclass(slots=True)
class Round:
    healed: int = 0
    failed: int = 0
    emptied: int = 0


def run() -> Round:
    """One round. What one repository's folder refuses does not keep the others from theirs."""
    done = Round()
    for repository in derived.every_repository():
        try:
            done.healed += heal(repository)
            upkeep.tidy(repository)
        except REFUSALS as error:
            done.failed += 1
            log.warning("upkeep of repository %s failed: %s", repository.pk, error)
    # Last, because it forgets large files that no commit is known to name.
    large_files.sweep_content()
    done.emptied = upkeep.empty_trash()
    return done


def tidy(number: int) -> None:
    """Join the packs of one repository, if it is there. What its folder refuses waits for the next round."""
    repository = derived.find(number)
    if repository is None:
        return
    try:
        upkeep.tidy(repository)
    except REFUSALS as error:
        log.warning("packs of repository %s were not joined: %s", number, error)


def heal(repository: Repository) -> bool:
    """Cheap when nothing is wrong: one reference is read, no query."""
    finished = pushes.finish_interrupted(repository)
    tip = store().open(repository.storage_id).ref(f"refs/heads/{DEFAULT_BRANCH}")
    behind = tip is not None and tip != repository.head
    if tip is not None and repository.main_bytes is None:
        services.reindex(repository)
    return (behind and services.heal(repository)) or finished
