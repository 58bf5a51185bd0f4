"""The database's index of git: head, counts, sizes, card columns, tags, last changes."""

from __future__ import annotations

from hub.core import clock
from models_app.repositories.models import Repository, RepositoryLfsObject, RepositoryType
from models_app.storage.git_objects import DEFAULT_BRANCH
from models_app.storage.git_store import store

DERIVED = ["head", "commit_count", "updated_at"]


def card_errors(readme: bytes, type_: RepositoryType) -> list[str]:
    return []


def catch_up(repository: Repository, *, landed: str, large_files: list[str]) -> None:
    RepositoryLfsObject.objects.filter(
        repository=repository, lfs_object_id__in=large_files, committed_at=None
    ).update(committed_at=clock.now())
    git = store().open(repository.storage_id)
    row = Repository.objects.select_for_update().get(pk=repository.pk)
    row.head = git.ref(f"refs/heads/{DEFAULT_BRANCH}") or ""
    row.updated_at = clock.now()
    row.commit_count += 1
    row.save(update_fields=DERIVED)
    for name in DERIVED:
        setattr(repository, name, getattr(row, name))


def rebuild(repository: Repository) -> None:
    catch_up(repository, landed=DEFAULT_BRANCH, large_files=[])
