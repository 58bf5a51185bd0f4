"""Whose inbox an event belongs into."""

from __future__ import annotations

from hub.accounts import selectors as accounts
from hub.accounts.models import NamespaceKind, Role, User
from hub.activity import selectors as activity
from hub.activity.models import Event
from hub.core.errors import HubError
from hub.inbox import services as inbox
from models_app.discussions import selectors as discussions
from models_app.repositories import access
from models_app.repositories.access import Need
from models_app.repositories.models import Repository

NOTIFY_TASK = "models_app.announcements.notify"
ABOUT_DISCUSSIONS = (
    "discussion.opened",
    "discussion.commented",
    "discussion.closed",
    "discussion.reopened",
    "pull-request.opened",
    "pull-request.published",
    "pull-request.merged",
)
VERBS = (*ABOUT_DISCUSSIONS, "invitation.sent")


def notify(event_id: int) -> None:
    """Tell the people whom the event concerns, except the one who did it. Safe to call twice."""
    event = activity.get_event(event_id)
    if event is None:
        return
    if event.verb in ABOUT_DISCUSSIONS:
        people = _around_discussion(event) - {event.actor_id}
    else:
        people = set(_invited(event))
    inbox.notify([person for person in people if person is not None], event.pk)


def _around_discussion(event: Event) -> set[int | None]:
    """Who owns the repository or took part, as far as they may read it now."""
    try:
        repository = access.get_repository_numbered(int(event.data.get("repository_id", 0)))
        discussion = discussions.get(repository, int(event.data.get("number", 0)))
    except HubError:
        return set()
    people = {row.author_id: row.author for row in discussions.events_of(discussion) if row.author}
    people |= {user.pk: user for user in _owners(repository)}
    return {
        pk
        for pk, user in people.items()
        if user.is_active and access.can(accounts.actor_for_user(user), repository, Need.READ)
    }


def _owners(repository: Repository) -> list[User]:
    """The person, or the admins of the organization and whoever made the repository."""
    namespace = repository.namespace
    if namespace.kind == NamespaceKind.USER:
        return [namespace.user]
    admins = accounts.members_of(namespace).filter(role=Role.ADMIN)
    made_by = [repository.created_by] if repository.created_by else []
    return [*(row.user for row in admins), *made_by]


def _invited(event: Event) -> list[int]:
    return list(accounts.all_users().filter(email__iexact=event.thing_name).values_list("pk", flat=True))
