"""Locks on paths, as git-lfs keeps them: a note among people who write that a file is being worked on."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from hub.accounts.actors import Actor
from hub.core.errors import Conflict, HubError, InvalidInput, NotFound, PermissionRefused
from models_app.repositories.access import Need, can, require
from models_app.repositories.models import LfsLock, Repository

MAX_PATH = 1024


class LockTaken(Conflict):
    """Somebody holds the lock already; `lock` is theirs."""

    def __init__(self, lock: LfsLock) -> None:
        super().__init__(f"{lock.path} is locked by {lock.owner.username}.")
        self.lock = lock


@dataclass(frozen=True, slots=True)
class LockPage:
    locks: list[LfsLock]
    next_cursor: str


def list_locks(
    repository: Repository, *, path: str = "", number: str = "", cursor: str = "", limit: int = 100
) -> LockPage:
    """The locks of a repository in the order in which they were taken. One query."""
    rows = LfsLock.objects.filter(repository=repository).select_related("owner").order_by("pk")
    if path:
        rows = rows.filter(path=path)
    if number:
        rows = rows.filter(pk=number_of(number))
    if cursor:
        rows = rows.filter(pk__gt=number_of(cursor))
    found = list(rows[: limit + 1])
    return LockPage(found[:limit], str(found[limit - 1].pk) if len(found) > limit else "")


def number_of(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise InvalidInput("Locks and pages of them have numbers.")
    return int(text)


def lock(actor: Actor, repository: Repository, path: str) -> LfsLock:
    """Take the lock of a path, which need not exist yet. Raises LockTaken with the one in the way."""
    require(actor, repository, Need.WRITE)
    assert actor.user
    if not path or len(path) > MAX_PATH or path.startswith("/"):
        raise InvalidInput(f"A path of at most {MAX_PATH} characters inside the repository is needed.")
    with transaction.atomic():
        row, created = LfsLock.objects.select_related("owner").get_or_create(
            repository=repository, path=path, defaults={"owner": actor.user}
        )
    if not created:
        raise LockTaken(row)
    return row


@transaction.atomic
def unlock(actor: Actor, repository: Repository, number: str, *, force: bool) -> LfsLock:
    """Give a lock back; somebody else's only by force, which takes an administrator of the repository.

    Raises NotFound, PermissionRefused.
    """
    require(actor, repository, Need.WRITE)
    rows = LfsLock.objects.select_related("owner").filter(repository=repository, pk=number_of(number))
    row = rows.first()
    if row is None:
        raise NotFound("There is no such lock.")
    if refusal := refusal_to_unlock(actor, repository, row, force=force):
        raise refusal
    LfsLock.objects.filter(pk=row.pk).delete()
    return row


def refusal_to_unlock(actor: Actor, repository: Repository, row: LfsLock, *, force: bool) -> HubError | None:
    if actor.user is not None and row.owner_id == actor.user.pk:
        return None
    if not force:
        return PermissionRefused(f"{row.owner.username} holds this lock.")
    if not can(actor, repository, Need.ADMIN):
        return PermissionRefused("Only an administrator of the repository breaks other people's locks.")
    return None
