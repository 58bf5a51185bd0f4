"""Branches and tags."""

from __future__ import annotations

from hub.accounts.actors import Actor
from hub.core import clock
from hub.core.errors import Conflict, InvalidInput, PermissionRefused, RevisionNotFound
from models_app.repositories import access
from models_app.repositories.events import record
from models_app.repositories.locks import repository_lock
from models_app.repositories.models import Repository
from models_app.repositories.names import check_branch_name, check_tag_name
from models_app.repositories.policies import Need
from models_app.repositories.ref_rules import is_protected
from models_app.repositories.signatures import signature
from models_app.repositories.types import Ref
from models_app.storage import git_commits
from models_app.storage.git_objects import DEFAULT_BRANCH, GitRepository, RefMoved
from models_app.storage.git_store import store
from models_app.storage.pack import PackWriter

MAX_TAG_MESSAGE = 10_000
INITIAL_TITLE = "initial commit"


def create_branch(
    actor: Actor,
    repository: Repository,
    name: str,
    starting_point: str | None = None,
    *,
    overwrite: bool = False,
    empty: bool = False,
) -> Ref:
    """At `starting_point` (branch, tag or commit), else at the tip of the default branch; `empty` at a first
    commit of its own, without files.

    With `overwrite` a branch that exists goes there, too, and leaves its commits behind; one that was told no
    place stays where it is. Raises InvalidInput for the name, RevisionNotFound, Conflict when the branch
    exists, PermissionRefused when it would be overwritten and is protected.
    """
    access.require(actor, repository, Need.WRITE)
    check_branch_name(name)
    if empty and starting_point:
        raise InvalidInput("A branch is empty, or it begins somewhere: not both.")
    ref = f"refs/heads/{name}"
    with repository_lock(repository):
        git = store().open(repository.storage_id)
        present = git.ref(ref) if overwrite else None
        if present and not empty and not starting_point:
            return Ref(name, ref, present)
        if present:
            _check_may_lose_commits(repository, name)
        commit = _first_commit(git, actor) if empty else _commit(git, starting_point or DEFAULT_BRANCH)
        if present:
            git.move_ref(ref, expected=present, target=commit)
        else:
            _create(git, ref, commit)
    if present:
        record("repository.branch-deleted", actor, repository, {"branch": name})
    record("repository.branch-created", actor, repository, {"branch": name, "commit": commit})
    return Ref(name, ref, commit)


def delete_branch(actor: Actor, repository: Repository, name: str) -> None:
    access.require(actor, repository, Need.WRITE)
    ref = f"refs/heads/{name}"
    if name == DEFAULT_BRANCH:
        raise InvalidInput(f"Cannot delete {ref}")
    _check_may_lose_commits(repository, name)
    _delete(repository, ref, name)
    record("repository.branch-deleted", actor, repository, {"branch": name})


def create_tag(actor: Actor, repository: Repository, revision: str, name: str, message: str = "") -> Ref:
    """An annotated tag when there is a message, else a plain one."""
    access.require(actor, repository, Need.WRITE)
    check_tag_name(name)
    ref = f"refs/tags/{name}"
    with repository_lock(repository):
        git = store().open(repository.storage_id)
        commit = _commit(git, revision)
        _create(git, ref, _annotation(git, actor, commit, name, message) if message.strip() else commit)
    record("repository.tag-created", actor, repository, {"tag": name, "commit": commit})
    return Ref(name, ref, commit)


def delete_tag(actor: Actor, repository: Repository, name: str) -> None:
    access.require(actor, repository, Need.WRITE)
    _delete(repository, f"refs/tags/{name}", name)
    record("repository.tag-deleted", actor, repository, {"tag": name})


def start_pull_request(repository: Repository, ref: str, base: str) -> str:
    """A pull request's reference at the tip of the branch `base` (its full name); returns the commit.

    The caller has asked whether the actor may. Raises RevisionNotFound, Conflict when it exists.
    """
    with repository_lock(repository):
        git = store().open(repository.storage_id)
        commit = git.ref(base)
        if commit is None:
            raise RevisionNotFound(base.removeprefix("refs/heads/"))
        _create(git, ref, commit)
    return commit


def discard_pull_request(repository: Repository, ref: str) -> None:
    """Take back a reference whose pull request did not come about."""
    with repository_lock(repository):
        git = store().open(repository.storage_id)
        if git.ref(ref):
            git.delete_ref(ref)


def _check_may_lose_commits(repository: Repository, name: str) -> None:
    ref = f"refs/heads/{name}"
    if name == DEFAULT_BRANCH:
        raise InvalidInput(f"Cannot overwrite {ref}")
    if is_protected(name, repository.protected_branches):
        raise PermissionRefused(
            f"{ref} is protected and keeps its commits. An administrator can lift this in the settings."
        )


def _first_commit(git: GitRepository, actor: Actor) -> str:
    with PackWriter(git.path) as pack:
        tree = pack.add("tree", b"")
        author = signature(actor.user)
        data = git_commits.serialize(tree, [], author, clock.now(), INITIAL_TITLE, "")
        oid = pack.add("commit", data)
        pack.publish()
    return oid


def _commit(git: GitRepository, revision: str) -> str:
    found = git.resolve(revision)
    if found is None:
        raise RevisionNotFound(revision)
    return found[0]


def _create(git: GitRepository, ref: str, target: str) -> None:
    if git.ref(ref):
        raise Conflict(f"Reference {ref} already exists")
    try:
        git.move_ref(ref, expected=None, target=target)
    except RefMoved:
        # `a` and `a/b` cannot both be branches.
        raise Conflict(f"Reference {ref} cannot be created: another reference stands in its way.") from None


def _delete(repository: Repository, ref: str, name: str) -> None:
    with repository_lock(repository):
        git = store().open(repository.storage_id)
        if git.ref(ref) is None:
            raise RevisionNotFound(name)
        git.delete_ref(ref)


def _annotation(git: GitRepository, actor: Actor, commit: str, name: str, message: str) -> str:
    line = signature(actor.user).line(clock.now())
    text = message.strip().replace("\0", "")[:MAX_TAG_MESSAGE]
    data = f"object {commit}\ntype commit\ntag {name}\ntagger {line}\n\n{text}\n"
    with PackWriter(git.path) as pack:
        oid = pack.add("tag", data.encode())
        pack.publish()
    return oid
