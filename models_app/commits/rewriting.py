"""History that is made shorter on purpose: squashed branches, large files that leave for good.

Commits that no reference reaches any more are found by their ids until git's upkeep drops them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hub.accounts.actors import Actor
from hub.core import clock
from hub.core.errors import Conflict, InvalidInput, NotFound, RevisionNotFound
from models_app.commits import indexing
from models_app.commits.operations import CommitResult
from models_app.commits.services import event_data
from models_app.repositories import access, large_files
from models_app.repositories.events import record
from models_app.repositories.locks import repository_lock
from models_app.repositories.models import Repository
from models_app.repositories.policies import Need
from models_app.repositories.signatures import signature
from models_app.storage import git_commits, git_processes, lfs_pointers
from models_app.storage.git_objects import GitRepository, RefMoved
from models_app.storage.git_rewriting import HistoryWithout, held_by
from models_app.storage.git_store import store
from models_app.storage.pack import PackWriter, object_id

MAX_TITLE = 1_000
MAX_DELETIONS = 1_000
OWN_REFS = ("refs/heads/", "refs/pr/", "refs/convert/")


@dataclass(frozen=True, slots=True)
class LargeFile:
    """A large file of a repository; `path` and `ref` are empty when no reference reaches it any more.

    `ref` is empty, too, when only older commits hold it.
    """

    sha256: str
    size: int
    pushed_at: datetime
    path: str
    ref: str


def squash(actor: Actor, repository: Repository, branch: str, *, message: str) -> CommitResult:
    """Replace the history of a branch, or of `refs/pr/…`, by one commit with the same files.

    It cannot be undone. Raises RevisionNotFound, InvalidInput, Conflict when a push came between.
    """
    access.require(actor, repository, Need.WRITE)
    title, _, body = message.strip().partition("\n")
    if not title.strip():
        raise InvalidInput("A squashed history needs a message.")
    ref = branch if branch.startswith(OWN_REFS) else f"refs/heads/{branch}"
    with repository_lock(repository):
        git = store().open(repository.storage_id)
        tip = git.ref(ref)
        if tip is None:
            raise RevisionNotFound(branch)
        data = git_commits.serialize(
            git.tree_id(tip), [], signature(actor.user), clock.now(), title.strip()[:MAX_TITLE], body.strip()
        )
        with PackWriter(git.path) as pack:
            new = pack.add("commit", data)
            pack.publish()
        _move(git, ref, tip, new)
    result = CommitResult(commit=new, parent=tip, branch=ref.removeprefix("refs/heads/"), changed=False)
    indexing.catch_up(repository)
    with transaction.atomic():
        record("commit", actor, repository, event_data(result, title.strip()[:MAX_TITLE]))
    return result


def _move(git: GitRepository, ref: str, expected: str, target: str) -> None:
    try:
        git.move_ref(ref, expected=expected, target=target)
    except RefMoved:
        raise Conflict("A push changed the branch at the same moment. Try again.") from None


# --- Large files ----------------------------------------------------------------------------------


def list_large_files(
    actor: Actor, repository: Repository, *, after: int = 0, limit: int = 100
) -> tuple[list[LargeFile], int | None]:
    """Large files that a commit has named, in the order of their upload, and where the next page begins.

    Costs a walk of the tips' trees; of the whole history where older commits alone hold some.
    """
    access.require(actor, repository, Need.WRITE)
    rows = large_files.committed(repository, after=after, limit=limit + 1)
    following = rows[limit - 1].pk if len(rows) > limit else None
    rows = rows[:limit]
    pointers = {pointer_id(row.sha256, row.size): row.sha256 for row in rows}
    places = _places(store().open(repository.storage_id), pointers)
    found = [
        LargeFile(row.sha256, row.size, row.pushed_at, *places.get(row.sha256, ("", ""))) for row in rows
    ]
    return found, following


def pointer_id(sha256: str, size: int) -> str:
    """The git id of the pointer that stands for a large file."""
    return object_id("blob", lfs_pointers.render(sha256, size))


def _places(git: GitRepository, pointers: dict[str, str]) -> dict[str, tuple[str, str]]:
    """(path, reference) by sha256; `main` first, so that what it holds is said to be there."""
    left, found = dict(pointers), dict[str, tuple[str, str]]()
    refs = sorted(git.refs(), key=lambda pair: (pair[0] != "refs/heads/main", pair[0]))
    for ref, tip in refs:
        if not left:
            break
        for entry in git.walk(git.tree_id(tip)):
            if sha256 := left.pop(entry.oid, None):
                found[sha256] = (entry.path, ref.removeprefix("refs/heads/"))
    if left:
        listed = git_processes.run(git.path, "rev-list", "--objects", "--all").splitlines()
        for oid, _, path in (line.partition(" ") for line in listed):
            if sha256 := left.pop(oid, None):
                found[sha256] = (path, "")
    return found


def delete_large_files(
    actor: Actor, repository: Repository, sha256s: Collection[str], *, rewrite_history: bool = True
) -> None:
    """Let the repository forget large files for good; bytes that nothing else needs go with the next sweep.

    With `rewrite_history` every reference is moved to a history without them; otherwise their pointers
    stay, and stand for nothing. A run that is interrupted is finished by the next one. Raises NotFound
    when one is not here, Conflict when a push came between.
    """
    access.require(actor, repository, Need.ADMIN)
    wanted = set(sha256s)
    if not wanted or len(wanted) > MAX_DELETIONS:
        raise InvalidInput(f"Name 1 to {MAX_DELETIONS} large files.")
    held = large_files.describe_linked(repository, wanted)
    if missing := wanted - held.keys():
        raise NotFound(f"There is no large file {min(missing)} in this repository.")
    if rewrite_history:
        _rewrite(repository, {pointer_id(row.sha256, row.size) for row in held.values()})
    with transaction.atomic():
        large_files.unlink(repository, wanted)
        record("repository.large-files-deleted", actor, repository, {"count": len(wanted)})
    indexing.catch_up(repository, full=True)


def _rewrite(repository: Repository, pointers: set[str]) -> None:
    with repository_lock(repository):
        git = store().open(repository.storage_id)
        tips = git.refs()
        with PackWriter(git.path) as pack:
            history = HistoryWithout(git, pointers, pack)
            history.rewrite(tip for _, tip in tips)
            held = {name: oid for name, _ in tips if (oid := held_by(git, name))}
            moves = {name: (old, new) for name, old in held.items() if (new := history.target(old)) != old}
            pack.publish()
        for name, (old, new) in moves.items():
            _move(git, name, old, new)
