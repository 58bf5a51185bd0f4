"""Columns and rows that are derived from git. `commits` computes them; this room writes its tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum

from hub.core import clock
from hub.core.errors import RepositoryNotFound
from models_app.repositories.models import Repository, RepositoryLfsObject, RepositoryTag, RepositoryType
from models_app.storage.git_store import store

BATCH = 500


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far a repository's row has come, as the database has it now."""

    head: str
    commit_count: int
    main_bytes: int | None
    parameters_by_dtype: dict[str, int]
    file_facts: dict[str, Any]


def index_state(repository: Repository) -> IndexState:
    """Raises RepositoryNotFound when it was deleted meanwhile."""
    columns = ("head", "commit_count", "main_bytes", "parameters_by_dtype", "file_facts")
    row = Repository.objects.filter(pk=repository.pk).values(*columns).first()
    if row is None:
        raise RepositoryNotFound
    return IndexState(**row)


def step(repository: Repository, *, expected_head: str, columns: dict[str, Any]) -> bool:
    """Write derived columns if the row is still at `expected_head`; False, and nothing, if not."""
    columns = columns | {"updated_at": clock.now(), "used_bytes": used_bytes(repository)}
    if not Repository.objects.filter(pk=repository.pk, head=expected_head).update(**columns):
        return False
    for name, value in columns.items():
        setattr(repository, name, value)
    return True


def refresh(repository: Repository) -> None:
    repository.refresh_from_db(fields=["head", "commit_count", "updated_at", "used_bytes"])


def used_bytes(repository: Repository) -> int:
    """Large files that a commit names, each once, plus git's packs as they lie on disk."""
    links = RepositoryLfsObject.objects.filter(repository=repository).exclude(committed_at=None)
    large = links.aggregate(total=Sum("lfs_object__size"))["total"] or 0
    return large + store().pack_bytes(repository.storage_id)


def recount(repository: Repository) -> None:
    """After a change of large files that came with no step of the default branch."""
    repository.used_bytes = used_bytes(repository)
    Repository.objects.filter(pk=repository.pk).update(used_bytes=repository.used_bytes)


def mark_committed(repository: Repository, sha256s: Iterable[str]) -> None:
    """These large files are named by a commit: no abandoned uploads any more."""
    named = sorted(sha256s)
    for start in range(0, len(named), BATCH):
        RepositoryLfsObject.objects.filter(
            repository=repository, lfs_object_id__in=named[start : start + BATCH], committed_at=None
        ).update(committed_at=clock.now())


def linked_sha256s(repository: Repository) -> list[str]:
    """All large files that the repository may name."""
    return [sha256 for sha256, _ in linked_sizes(repository)]


def linked_sizes(repository: Repository) -> list[tuple[str, int]]:
    """The same with the bytes that each has."""
    links = RepositoryLfsObject.objects.filter(repository=repository)
    return list(links.values_list("lfs_object_id", "lfs_object__size"))


def write_tags(repository: Repository, tags: list[tuple[str, str]]) -> None:
    rows = RepositoryTag.objects.filter(repository=repository)
    present = set(rows.values_list("tag", "kind"))
    gone = [tag for tag, kind in present - set(tags)]
    rows.filter(tag__in=gone).delete()
    new = [pair for pair in tags if pair not in present]
    RepositoryTag.objects.bulk_create(
        [RepositoryTag(repository=repository, tag=tag, kind=kind) for tag, kind in new]
    )


def find(number: int) -> Repository | None:
    return Repository.objects.select_related("namespace").filter(pk=number).first()


def every_repository() -> Iterator[Repository]:
    """For the operator's rounds and checks; nobody's rights are asked."""
    return Repository.objects.select_related("namespace").order_by("pk").iterator(chunk_size=BATCH)


def datasets_without(done: QuerySet[Any], *, limit: int) -> list[int]:
    """Datasets with content whose numbers are not among `done`, the newest changes first."""
    rows = Repository.objects.filter(type=RepositoryType.DATASET).exclude(head="").exclude(pk__in=done)
    return list(rows.order_by("-updated_at").values_list("pk", flat=True)[:limit])


def is_storage_of_a_repository(storage_id: str) -> bool:
    return Repository.objects.filter(storage_id=storage_id).exists()
