"""Who may do what in a discussion. Pure: what the actor may on the repository is asked of its room."""

from __future__ import annotations

from hub.accounts.actors import Actor
from models_app.discussions.models import Discussion, DiscussionEvent
from models_app.repositories import access
from models_app.repositories.access import Need
from models_app.repositories.models import Repository


def may_take_part(actor: Actor, repository: Repository) -> bool:
    """Open discussions and comment."""
    return access.can(actor, repository, Need.CONTRIBUTE)


def may_manage(actor: Actor, repository: Repository, discussion: Discussion) -> bool:
    """Close, reopen and rename: whoever opened it, and who may write to the repository."""
    if not may_take_part(actor, repository) or actor.user is None:
        return False
    return discussion.author_id == actor.user.pk or access.can(actor, repository, Need.WRITE)


def may_push(actor: Actor, repository: Repository, discussion: Discussion) -> bool:
    """Commit to a pull request: whoever opened it, and who may write to the repository."""
    return discussion.is_pull_request and may_manage(actor, repository, discussion)


def may_merge(actor: Actor, repository: Repository) -> bool:
    return access.can(actor, repository, Need.WRITE)


def may_edit(actor: Actor, repository: Repository, event: DiscussionEvent) -> bool:
    """Only the author puts words into the author's mouth."""
    return may_take_part(actor, repository) and actor.user is not None and event.author_id == actor.user.pk


def may_hide(actor: Actor, repository: Repository, event: DiscussionEvent) -> bool:
    return may_edit(actor, repository, event) or (
        may_take_part(actor, repository) and access.can(actor, repository, Need.WRITE)
    )
