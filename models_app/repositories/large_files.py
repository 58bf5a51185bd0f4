"""Which large files a repository may name, and so hand out to those who may read it.

A link is made only after the bytes came to the hub for this repository: a hash is no secret, so
naming one proves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from hub.accounts.actors import Actor
from hub.core import clock, signing
from hub.core.errors import NotFound, RepositoryNotFound
from models_app.content import selectors as content
from models_app.content.models import LfsObject
from models_app.content.sweeping import Swept, sweep
from models_app.repositories.access import content_readable_by
from models_app.repositories.models import Repository, RepositoryLfsObject

QUERY_BATCH = 500
# A link that no commit has named for so long belongs to an upload that was given up.
UNCOMMITTED_GRACE = timedelta(days=7)
URL_LIFE_SECONDS = 6 * 3600


def link(repository: Repository, sha256: str) -> None:
    """Let the repository name this verified object. Call it only after the bytes were received for it."""
    link_many(repository.pk, [sha256])


@transaction.atomic
def link_many(repository_id: int, sha256s: Collection[str]) -> None:
    """`link` by the repository's id, for doors that hold a signed one. All or none.

    Three queries for up to 500 objects. Raises NotFound when an object is not stored,
    RepositoryNotFound when the repository is gone.
    """
    if not Repository.objects.filter(pk=repository_id).exists():
        raise RepositoryNotFound
    wanted = sorted(set(sha256s))
    for at in range(0, len(wanted), QUERY_BATCH):
        link_batch(repository_id, wanted[at : at + QUERY_BATCH])


def link_batch(repository_id: int, sha256s: list[str]) -> None:
    rows = LfsObject.objects.filter(pk__in=sha256s)
    # Also takes them back from the sweep, which deletes only rows that are still marked.
    if rows.update(unused_since=None) != len(sha256s):
        missing = set(sha256s) - set(rows.values_list("pk", flat=True))
        raise NotFound(f"There is no large file {min(missing)}.")
    links = [RepositoryLfsObject(repository_id=repository_id, lfs_object_id=sha256) for sha256 in sha256s]
    # An upload that is given up and begun again has its time of grace again.
    RepositoryLfsObject.objects.bulk_create(
        links,
        update_conflicts=True,
        unique_fields=["repository", "lfs_object"],
        update_fields=["created_at"],
    )


def linked(repository: Repository, sha256s: Iterable[str]) -> set[str]:
    """Those of the objects that the repository may name already."""
    return linked_to([repository.pk], sha256s)


def linked_to(repository_ids: Collection[int], sha256s: Iterable[str]) -> set[str]:
    found: set[str] = set()
    wanted = sorted(set(sha256s))
    for at in range(0, len(wanted), QUERY_BATCH):
        rows = RepositoryLfsObject.objects.filter(
            repository__in=repository_ids, lfs_object__in=wanted[at : at + QUERY_BATCH]
        )
        found.update(rows.values_list("lfs_object_id", flat=True))
    return found


@transaction.atomic
def link_readable(actor: Actor, repository: Repository, sha256s: Collection[str]) -> dict[str, LfsObject]:
    """The objects that need no upload: linked already, or committed where the actor may read them.

    The latter are linked. Whoever cannot read an object has to prove by its bytes that they have it.
    """
    present = linked(repository, sha256s)
    elsewhere = RepositoryLfsObject.objects.filter(
        lfs_object__in=set(sha256s) - present,
        committed_at__isnull=False,
        repository__in=content_readable_by(actor).order_by().values("pk"),
    )
    link_many(repository.pk, set(elsewhere.values_list("lfs_object_id", flat=True)))
    return content.describe(linked(repository, sha256s))


def object_of(repository_id: int, sha256: str) -> LfsObject | None:
    """The object behind a link, None without a link."""
    rows = RepositoryLfsObject.objects.filter(repository=repository_id, lfs_object=sha256)
    row = rows.select_related("lfs_object").first()
    return row.lfs_object if row else None


def object_by_file_id(repository_id: int, file_id: str) -> LfsObject | None:
    """The same, asked by Xet file id."""
    rows = RepositoryLfsObject.objects.filter(repository=repository_id, lfs_object__xet_file=file_id)
    row = rows.select_related("lfs_object").first()
    return row.lfs_object if row else None


@transaction.atomic
def copy_links(source: Repository, target: Repository, sha256s: Collection[str]) -> set[str]:
    """Let `target` name what `source` does; the caller has checked that the actor may read `source`.

    Only what is in a commit: an upload that nobody committed is not content yet. Returns the objects
    that `source` does not hold.
    """
    rows = RepositoryLfsObject.objects.filter(
        repository=source, lfs_object__in=set(sha256s), committed_at__isnull=False
    )
    held = set(rows.values_list("lfs_object_id", flat=True))
    link_many(target.pk, held)
    return set(sha256s) - held


@dataclass(frozen=True, slots=True)
class CommittedFile:
    """A large file that a commit of the repository has named. `pk` orders them by upload."""

    pk: int
    sha256: str
    size: int
    pushed_at: datetime


def committed(repository: Repository, *, after: int = 0, limit: int = 100) -> list[CommittedFile]:
    rows = RepositoryLfsObject.objects.filter(
        repository=repository, committed_at__isnull=False, pk__gt=after
    ).order_by("pk")
    values = rows.values_list("pk", "lfs_object_id", "lfs_object__size", "created_at")[:limit]
    return [CommittedFile(*row) for row in values]


def unlink(repository: Repository, sha256s: Collection[str]) -> None:
    """The repository may name them no more; what nothing links to goes with the next sweep."""
    wanted = sorted(sha256s)
    for at in range(0, len(wanted), QUERY_BATCH):
        batch = wanted[at : at + QUERY_BATCH]
        RepositoryLfsObject.objects.filter(repository=repository, lfs_object_id__in=batch).delete()


# --- Signed payloads of upload, verify and download addresses --------------------------------------


def sign_transfer(purpose: str, repository: Repository, sha256: str, size: int) -> str:
    payload = {"repository": repository.pk, "sha256": sha256, "size": size}
    return signing.sign(payload, purpose=f"lfs.{purpose}", lifetime=URL_LIFE_SECONDS)


# --- Upkeep ---------------------------------------------------------------------------------------


def sweep_content() -> Swept:
    """Drop links that no commit named for 7 days, then content that nothing links to any more."""
    old = clock.now() - UNCOMMITTED_GRACE
    RepositoryLfsObject.objects.filter(committed_at=None, created_at__lt=old).delete()
    return sweep(linked_anywhere)


def linked_anywhere(sha256s: Sequence[str]) -> set[str]:
    rows = RepositoryLfsObject.objects.filter(lfs_object__in=sha256s)
    return set(rows.values_list("lfs_object_id", flat=True).distinct())


def describe_linked(repository: Repository, sha256s: Iterable[str]) -> dict[str, LfsObject]:
    """The stored objects among those the repository links to."""
    return content.describe(linked(repository, sha256s))
