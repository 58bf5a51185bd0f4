"""The only way a reference moves: operations become one durable commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from hub.accounts.actors import Actor
from hub.accounts.models import User
from hub.core import clock
from hub.core.errors import BranchUpdated, Conflict, InvalidInput, RevisionNotFound
from models_app.commits import indexing, selectors
from models_app.commits.intake import README, Plan, lay_out, take_in
from models_app.commits.operations import CommitResult, Operation
from models_app.repositories import access, derived, upkeep
from models_app.repositories.events import record
from models_app.repositories.locks import repository_lock
from models_app.repositories.models import Repository
from models_app.repositories.policies import Need
from models_app.repositories.signatures import signature
from models_app.storage import git_commits, git_merges
from models_app.storage.git_objects import DEFAULT_BRANCH, GitRepository, RefMoved
from models_app.storage.git_store import store
from models_app.storage.git_trees import apply
from models_app.storage.pack import PackWriter

# From this size on contents get a pack of their own, finished before the lock is taken.
CONTENTS_BYTES = 1_000_000
MAX_TITLE = 1_000
MAX_DESCRIPTION = 100_000
MAX_SHOWN_CONFLICTS = 10


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
    ref = f"refs/heads/{branch.removeprefix('refs/heads/')}"
    message = _message(summary, description)
    return _commit(actor, repository, ref, operations, message, parent_commit, author or actor.user)


def commit_proposed(
    actor: Actor,
    repository: Repository,
    ref: str,
    operations: Iterable[Operation],
    *,
    summary: str,
    description: str = "",
    parent_commit: str | None = None,
) -> CommitResult:
    """The same on the reference of a pull request, by somebody who may contribute.

    Whether the pull request is theirs to change, its room has to ask before.
    """
    access.require(actor, repository, Need.CONTRIBUTE)
    message = _message(summary, description)
    return _commit(actor, repository, ref, operations, message, parent_commit, actor.user)


def _commit(
    actor: Actor,
    repository: Repository,
    ref: str,
    operations: Iterable[Operation],
    message: tuple[str, str],
    parent_commit: str | None,
    author: User | None,
) -> CommitResult:
    git_path = store().open(repository.storage_id).path
    with PackWriter(git_path) as contents, PackWriter(git_path) as trees:
        plan = take_in(repository, operations, contents)
        _check_card(repository, plan.kept.get(README))
        is_large = contents.size > CONTENTS_BYTES
        if is_large:
            contents.seal()
        draft = Draft(plan, ref, message, parent_commit, author, contents, trees if is_large else contents)
        # Before the reference moves: after a crash between the two the sweep must not take them for
        # abandoned uploads. The reverse, a mark without a commit, only keeps a file longer.
        derived.mark_committed(repository, plan.large_files.values())
        result = _land(repository, draft)
    _index(actor, repository, result, message[0])
    return result


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit that waits for its turn. Contents and trees share one pack unless contents are large."""

    plan: Plan
    ref: str
    message: tuple[str, str]
    parent_commit: str | None
    author: User | None
    contents: PackWriter
    trees: PackWriter


def _message(summary: str, description: str) -> tuple[str, str]:
    title = " ".join(summary.split())[:MAX_TITLE]
    if not title:
        raise InvalidInput("A commit needs a summary.")
    return title, description.strip()[:MAX_DESCRIPTION]


def _check_card(repository: Repository, readme: bytes | None) -> None:
    if readme is None:
        return
    errors = indexing.card_errors(readme, repository.type_)
    if errors:
        raise InvalidInput("Invalid metadata in README.md: " + "; ".join(errors))


def _land(repository: Repository, draft: Draft) -> CommitResult:
    branch = draft.ref.removeprefix("refs/heads/")
    with repository_lock(repository):
        git = store().open(repository.storage_id)
        tip = _tip(git, draft.ref)
        if draft.parent_commit and not tip.startswith(draft.parent_commit):
            raise BranchUpdated
        base = git.tree_id(tip)
        overlay = lay_out(draft.plan, git, tip, draft.trees)
        tree = apply(git, base, overlay, draft.trees) or draft.trees.add("tree", b"")
        data = git_commits.serialize(tree, [tip], signature(draft.author), clock.now(), *draft.message)
        new = draft.trees.add("commit", data)
        draft.contents.publish()
        draft.trees.publish()
        _move(git, draft.ref, tip, new)
    return CommitResult(commit=new, parent=tip, branch=branch, changed=tree != base)


def merge(
    actor: Actor, repository: Repository, source: str, target: str, *, summary: str, description: str = ""
) -> CommitResult:
    """One commit on the branch `target` that brings in `source`, both full names of references.

    The contents of both sides' changes are joined, line by line where a text changed on both. Where
    `target` holds everything already, its tip is the answer and nothing is written. Raises
    Conflict, with the paths as `files`, where that cannot be done; RevisionNotFound, InvalidInput for a
    card that is no longer valid, Busy. Then nothing changed.
    """
    access.require(actor, repository, Need.WRITE)
    message = _message(summary, description)
    with repository_lock(repository):
        git = store().open(repository.storage_id)
        ours, theirs = _tip(git, target), _tip(git, source)
        branch = target.removeprefix("refs/heads/")
        common = git_merges.merge_base(git, ours, theirs)
        if common == theirs:
            return CommitResult(ours, None, branch, changed=False)
        with PackWriter(git.path) as pack:
            merged = git_merges.three_way(git, common, ours, theirs, pack)
            if merged.conflicts:
                shown = ", ".join(merged.conflicts[:MAX_SHOWN_CONFLICTS])
                raise Conflict(
                    f"Both sides changed the same places of {shown}. Bring one of them up to date first.",
                    files=merged.conflicts,
                )
            _check_card(repository, merged.texts.get(README))
            base = git.tree_id(ours)
            tree = apply(git, base, merged.overlay, pack) or pack.add("tree", b"")
            data = git_commits.serialize(tree, [ours, theirs], signature(actor.user), clock.now(), *message)
            new = pack.add("commit", data)
            pack.publish()
            _move(git, target, ours, new)
    result = CommitResult(new, ours, branch, changed=tree != base)
    _index(actor, repository, result, message[0])
    return result


def _tip(git: GitRepository, ref: str) -> str:
    tip = git.ref(ref)
    if tip is None:
        raise RevisionNotFound(ref.removeprefix("refs/heads/"))
    return tip


def _move(git: GitRepository, ref: str, expected: str, target: str) -> None:
    try:
        git.move_ref(ref, expected=expected, target=target)
    except RefMoved:
        raise Conflict("A push changed the branch at the same moment. Try again.") from None


def _index(actor: Actor, repository: Repository, result: CommitResult, title: str) -> None:
    facts = indexing.gather(repository)
    with transaction.atomic():
        stepped = facts is not None and indexing.apply(facts)
        record("commit", actor, repository, event_data(result, title))
    if not stepped:
        indexing.catch_up(repository)
    upkeep.ask_where_due(repository)


def event_data(result: CommitResult, title: str) -> dict[str, str | None]:
    return {"commit": result.commit, "parent": result.parent, "branch": result.branch, "title": title}


def reindex(repository: Repository) -> None:
    """Rebuild from git everything the database derives from it: safe at any time, twice too."""
    indexing.catch_up(repository, full=True)


def heal(repository: Repository) -> bool:
    """Take the step that a crash between git and the database left out; True when there was one.

    The commit's event is written too, without an actor, so that whoever waits for it hears of it.
    """
    before = repository.head
    if not indexing.catch_up(repository):
        return False
    landed = CommitResult(repository.head, before or None, DEFAULT_BRANCH, changed=True)
    title = selectors.get_commit(repository, repository.head).title
    with transaction.atomic():
        record("commit", None, repository, event_data(landed, title))
    return True
