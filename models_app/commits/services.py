"""The only way a reference moves: operations become one durable commit."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from hub.accounts.actors import Actor
from hub.accounts.models import User
from hub.core import clock
from hub.core.errors import BranchUpdated, Conflict, InvalidInput, RevisionNotFound
from models_app.commits import indexing
from models_app.commits.intake import README, Plan, lay_out, take_in
from models_app.commits.operations import CommitResult, Operation
from models_app.repositories import access
from models_app.repositories.events import record
from models_app.repositories.locks import repository_lock
from models_app.repositories.models import Repository
from models_app.repositories.policies import Need
from models_app.repositories.signatures import signature
from models_app.storage import git_commits
from models_app.storage.git_objects import DEFAULT_BRANCH, RefMoved
from models_app.storage.git_store import store
from models_app.storage.git_trees import apply
from models_app.storage.pack import PackWriter

# From this size on contents get a pack of their own, finished before the lock is taken.
CONTENTS_BYTES = 1_000_000
MAX_TITLE = 1_000
MAX_DESCRIPTION = 100_000


def commit(
    actor: Actor,
    repository: Repository,
    branch: str,
    operations: Iterable[Operation],
    *,
    summary: str,
    description: str = "",
    parent_commit: str | None = None,
    author: User | None = None,
) -> CommitResult:
    """One commit on an existing branch, on disk and visible when this returns.

    Operations are consumed as a stream; of several on one path the last wins. Large files that no
    `.gitattributes` pattern covers get one in the same commit. A tree that stays as it was is
    committed too, as clients expect.

    Raises BranchUpdated when `parent_commit` is not the tip, Conflict when a push came between,
    RevisionNotFound for the branch, EntryNotFound for a deletion of nothing, Unprocessable for
    paths, InvalidInput for content that may not stand here, TooLarge, Busy. Then nothing changed.
    """
    access.require(actor, repository, Need.WRITE)
    branch = branch.removeprefix("refs/heads/")
    git_path = store().open(repository.storage_id).path
    with PackWriter(git_path) as contents, PackWriter(git_path) as trees:
        title, body = _message(summary, description)
        plan = take_in(repository, operations, contents)
        _check_card(repository, plan)
        if contents.size > CONTENTS_BYTES:
            contents.seal()
        else:
            trees = contents
        result = _land(
            repository, branch, plan, contents, trees, (title, body), parent_commit, author or actor.user
        )
    with transaction.atomic():
        indexing.catch_up(repository, landed=result.branch, large_files=list(plan.large_files.values()))
        record(
            "commit",
            actor,
            repository,
            {"commit": result.commit, "parent": result.parent, "branch": result.branch, "title": title},
        )
    return result


def _message(summary: str, description: str) -> tuple[str, str]:
    title = " ".join(summary.split())[:MAX_TITLE]
    if not title:
        raise InvalidInput("A commit needs a summary.")
    return title, description.strip()[:MAX_DESCRIPTION]


def _check_card(repository: Repository, plan: Plan) -> None:
    readme = plan.kept.get(README)
    if readme is None:
        return
    errors = indexing.card_errors(readme, repository.type_)
    if errors:
        raise InvalidInput("Invalid metadata in README.md: " + "; ".join(errors))


def _land(
    repository: Repository,
    branch: str,
    plan: Plan,
    contents: PackWriter,
    trees: PackWriter,
    message: tuple[str, str],
    parent_commit: str | None,
    author: User | None,
) -> CommitResult:
    ref = f"refs/heads/{branch}"
    with repository_lock(repository):
        git = store().open(repository.storage_id)
        tip = git.ref(ref)
        if tip is None:
            raise RevisionNotFound(branch)
        if parent_commit and not tip.startswith(parent_commit):
            raise BranchUpdated
        base = git.tree_id(tip)
        tree = apply(git, base, lay_out(plan, git, tip, trees), trees) or trees.add("tree", b"")
        new = trees.add(
            "commit",
            git_commits.serialize(tree, [tip], signature(author), clock.now(), *message),
        )
        contents.publish()
        trees.publish()
        try:
            git.move_ref(ref, expected=tip, target=new)
        except RefMoved:
            raise Conflict("A push changed the branch at the same moment. Try again.") from None
    return CommitResult(commit=new, parent=tip, branch=branch, changed=tree != base)


def reindex(repository: Repository) -> None:
    """Rebuild from git everything the database derives from it: safe at any time, twice too."""
    with transaction.atomic():
        indexing.rebuild(repository)


def is_default(branch: str) -> bool:
    return branch == DEFAULT_BRANCH
