"""Pull requests: commits that wait on a reference of their own until somebody merges them.

Git is the truth about the commits; their events are noted from it, so that a crash between the two
costs nothing: the next commit notes what is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction

from hub.accounts.actors import Actor
from hub.core.errors import Conflict, HubError, NotFound, PermissionRefused, RevisionNotFound
from models_app.commits import comparison
from models_app.commits import services as commits
from models_app.commits.operations import CommitResult, Operation
from models_app.commits.pushes import PushRights
from models_app.commits.types import Diff
from models_app.discussions import policies, selectors, services
from models_app.discussions.models import (
    PULL_REQUEST_REFS,
    Discussion,
    DiscussionEventKind,
    DiscussionStatus,
)
from models_app.repositories import access, references
from models_app.repositories import selectors as repositories
from models_app.repositories.access import Need
from models_app.repositories.models import Repository

BRANCHES = "refs/heads/"
# Of a longer series only the newest appear among the events.
MAX_NOTED_COMMITS = 250
REFUSED = {
    DiscussionStatus.DRAFT: "A draft cannot be merged. Publish the pull request first.",
    DiscussionStatus.CLOSED: "The pull request is closed. Reopen it first.",
    DiscussionStatus.MERGED: "The pull request was merged already.",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    discussion: Discussion
    result: CommitResult


@dataclass(frozen=True, slots=True)
class State:
    """What a pull request would do to its base now; empty once it is merged or its commits are gone."""

    diff: Diff | None
    conflicts: list[str]


def start(
    actor: Actor, repository: Repository, *, title: str, description: str, base: str = "main"
) -> Discussion:
    """A draft with a reference at the tip of the branch `base`, which commits then go to.

    PermissionRefused, InvalidInput for the texts, RevisionNotFound for the base, Busy.
    """
    _require_part(actor, repository)
    title, description = services.clean_title(title), services.clean_comment(description)
    discussion = _insert(actor, repository, title, description, base)
    services.record("pull-request.opened", actor, repository, discussion)
    return discussion


def propose(
    actor: Actor,
    repository: Repository,
    base: str,
    operations: Iterable[Operation],
    *,
    summary: str,
    description: str = "",
    parent_commit: str | None = None,
) -> Proposal:
    """One commit as an open pull request against the branch `base`. The right to read and to take part
    is enough.

    Raises what `commits.services.commit` raises; then there is neither discussion nor reference.
    """
    _require_part(actor, repository)
    title = services.clean_title(summary[: services.MAX_TITLE])
    discussion = _insert(actor, repository, title, services.storable(description), base)
    try:
        result = commits.commit_proposed(
            actor,
            repository,
            discussion.ref,
            operations,
            summary=summary,
            description=description,
            parent_commit=parent_commit,
        )
    except HubError:
        _take_back(discussion)
        raise
    with transaction.atomic():
        discussion.status = DiscussionStatus.OPEN
        discussion.save(update_fields=["status"])
        note_commits(actor, discussion)
        services.record("pull-request.opened", actor, repository, discussion)
    return Proposal(discussion, result)


def _insert(actor: Actor, repository: Repository, title: str, description: str, base: str) -> Discussion:
    ref = f"{BRANCHES}{base.removeprefix(BRANCHES)}"
    if repositories.resolve(repository, ref).ref != ref:
        raise RevisionNotFound(base)

    def make(number: int) -> Discussion:
        with transaction.atomic():
            discussion = Discussion.objects.create(
                repository=repository,
                number=number,
                title=title,
                author=actor.user,
                status=DiscussionStatus.DRAFT,
                is_pull_request=True,
                base=ref,
            )
            services.add_event(discussion, actor, DiscussionEventKind.COMMENT, text=description)
            # A number is given again when its pull request was taken back: what a crash left goes.
            references.discard_pull_request(repository, discussion.ref)
            references.start_pull_request(repository, discussion.ref, ref)
        return discussion

    return services.numbered(repository, make)


def _take_back(discussion: Discussion) -> None:
    references.discard_pull_request(discussion.repository, discussion.ref)
    Discussion.objects.filter(pk=discussion.pk).delete()


def of_ref(repository: Repository, ref: str) -> Discussion:
    """The pull request that owns a reference. RevisionNotFound when there is none."""
    number = ref.removeprefix(PULL_REQUEST_REFS)
    if ref == number or not number.isdecimal() or len(number) > 9:
        raise RevisionNotFound(ref)
    try:
        return selectors.get_pull_request(repository, int(number))
    except NotFound:
        raise RevisionNotFound(ref) from None


def require_push(actor: Actor, discussion: Discussion) -> None:
    """PermissionRefused for others than the author and writers; Conflict when it takes no commits."""
    if not policies.may_push(actor, discussion.repository, discussion):
        raise PermissionRefused("Only its author and people who may write here change a pull request.")
    if not discussion.is_active:
        raise Conflict(f"Pull request {discussion.number} is {discussion.status}: it takes no more commits.")


def commit(
    actor: Actor,
    discussion: Discussion,
    operations: Iterable[Operation],
    *,
    summary: str,
    description: str = "",
    parent_commit: str | None = None,
) -> CommitResult:
    """One more commit on the pull request's reference. Raises what `require_push` and a commit raise."""
    require_push(actor, discussion)
    result = commits.commit_proposed(
        actor,
        discussion.repository,
        discussion.ref,
        operations,
        summary=summary,
        description=description,
        parent_commit=parent_commit,
    )
    note_commits(actor, discussion)
    return result


@transaction.atomic
def note_commits(actor: Actor, discussion: Discussion) -> None:
    """An event for each commit that has none yet."""
    noted = {event.data.get("oid") for event in discussion.events.filter(kind=DiscussionEventKind.COMMIT)}
    for found in comparison.new_commits(
        discussion.repository, discussion.ref, discussion.base, limit=MAX_NOTED_COMMITS
    ):
        if found.id not in noted:
            data = {"subject": found.title, "oid": found.id}
            services.add_event(discussion, actor, DiscussionEventKind.COMMIT, data=data)


def state(discussion: Discussion) -> State:
    """Costs a comparison of the trees that differ."""
    repository, active = discussion.repository, discussion.is_active
    try:
        diff = comparison.diff(repository, discussion.ref, discussion.base)
    except RevisionNotFound:
        return State(None, [])
    return State(diff, comparison.conflicts(repository, discussion.ref, discussion.base) if active else [])


def merge(actor: Actor, discussion: Discussion, *, text: str = "") -> CommitResult:
    """Bring the commits into the base; with `text` as a last comment.

    PermissionRefused without the right to write. Conflict for a draft, for what is closed or merged, and
    where both sides changed the same places; then nothing changed.
    """
    repository = discussion.repository
    access.require(actor, repository, Need.WRITE)
    if discussion.status != DiscussionStatus.OPEN:
        raise Conflict(REFUSED[DiscussionStatus(discussion.status)])
    text = services.clean_comment(text) if text.strip() else ""
    result = commits.merge(
        actor,
        repository,
        discussion.ref,
        discussion.base,
        summary=f"{discussion.title} (#{discussion.number})",
        description=text,
    )
    _note_merge(actor, discussion, result.commit, text)
    return result


@transaction.atomic
def _note_merge(actor: Actor, discussion: Discussion, commit_id: str, text: str) -> None:
    rows = Discussion.objects.filter(pk=discussion.pk).exclude(status=DiscussionStatus.MERGED)
    if not rows.update(status=DiscussionStatus.MERGED, merge_commit=commit_id):
        return  # somebody else merged it at the same moment
    discussion.status, discussion.merge_commit = DiscussionStatus.MERGED, commit_id
    if text:
        services.add_event(discussion, actor, DiscussionEventKind.COMMENT, text=text)
    data = {"status": str(DiscussionStatus.MERGED)}
    services.add_event(discussion, actor, DiscussionEventKind.STATUS_CHANGE, data=data)
    services.record("pull-request.merged", actor, discussion.repository, discussion)


# --- git ------------------------------------------------------------------------------------------


def push_rights(actor: Actor, repository: Repository) -> PushRights:
    """Which references a push may move. PermissionRefused when there are none."""
    if access.can(actor, repository, Need.WRITE):
        mine = selectors.active_pull_requests(repository)
        return PushRights(branches_and_tags=True, pull_requests=_refs(mine))
    _require_part(actor, repository)
    assert actor.user is not None
    mine = selectors.active_pull_requests(repository, author_id=actor.user.pk)
    if not mine:
        raise PermissionRefused(
            f"You may not push to {repository.full_id}. Open a pull request to propose a change."
        )
    return PushRights(branches_and_tags=False, pull_requests=_refs(mine))


def note_pushes(actor: Actor, repository: Repository, refs: Collection[str]) -> None:
    """Events for what a push brought to pull requests."""
    for ref in refs:
        if ref.startswith(PULL_REQUEST_REFS):
            note_commits(actor, of_ref(repository, ref))


def _refs(discussions: list[Discussion]) -> tuple[str, ...]:
    return tuple(discussion.ref for discussion in discussions)


def _require_part(actor: Actor, repository: Repository) -> None:
    access.require(actor, repository, Need.CONTRIBUTE)
