"""Tells those who asked for it what happened to a repository."""

from __future__ import annotations

from django.db import transaction

from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Role
from hub.activity import selectors as activity
from hub.activity.models import Event
from hub.core.errors import NotFound, RepositoryNotFound
from hub.webhooks import selectors as webhooks
from hub.webhooks import services as webhook_services
from models_app.announcements import payloads
from models_app.announcements.payloads import Place
from models_app.discussions import selectors as discussions
from models_app.discussions.models import Discussion, DiscussionEvent, DiscussionEventKind
from models_app.repositories import access
from models_app.repositories.access import Need
from models_app.repositories.models import Repository, RepositoryType

ANNOUNCE_TASK = "models_app.announcements.announce"
VERBS = tuple(payloads.WORDS)
# Acts that come with a text.
SAID = ("discussion.opened", "discussion.commented", "pull-request.opened")


def announce(event_id: int) -> int:
    """Queue the event for every webhook that watches its place and whose owner may see it.

    Returns how many. Safe to call twice: a webhook hears of one event once.
    """
    event = activity.get_event(event_id)
    if event is None or event.verb not in payloads.WORDS:
        return 0
    repository = _repository(event)
    place = payloads.place_of(repository) if repository else _remembered(event)
    if place is None:
        return 0
    hooks = webhooks.watching(_watched_as(event, place), payloads.domain_of(event.verb))
    hooks = [
        hook for hook in hooks if _may_see(accounts.actor_for_user(hook.owner), repository, place, event)
    ]
    if not hooks:
        return 0
    discussion, comment = _said(event, repository)
    payload = payloads.body(event, place, discussion, comment)
    with transaction.atomic():
        return sum(
            webhook_services.add_delivery(hook, event.pk, payloads.for_receiver(payload, hook.pk))
            for hook in hooks
        )


def _repository(event: Event) -> Repository | None:
    number = event.data.get("repository_id") if event.thing_kind == "discussion" else event.thing_id
    try:
        return access.get_repository_numbered(int(number or 0))
    except RepositoryNotFound:
        return None


def _remembered(event: Event) -> Place | None:
    """A repository that is gone, as the record of its deletion knew it."""
    if event.verb != "repository.deleted" or event.namespace is None:
        return None
    is_dataset = event.thing_url.startswith(f"{RepositoryType.DATASET.url_prefix}/")
    type_ = RepositoryType.DATASET if is_dataset else RepositoryType.MODEL
    return Place(type_, event.thing_id, event.thing_name, not event.is_public, event.namespace)


def _watched_as(event: Event, place: Place) -> list[tuple[str, str]]:
    """Under which names the place may be watched, the one that it had before a move included."""
    places = [(str(place.type), place.full_id), (place.namespace.kind, place.namespace.name)]
    former = str(event.data.get("from", "")) if event.verb == "repository.moved" else ""
    return [*places, (str(place.type), former)] if former else places


def _may_see(actor: Actor, repository: Repository | None, place: Place, event: Event) -> bool:
    """By the rule of the moment; what was private when it happened stays with those inside."""
    inside = actor.is_operator or actor.has_role(place.namespace.pk, Role.READ)
    if repository is None:
        return inside or not place.private
    return access.can(actor, repository, Need.READ) and (event.is_public or inside)


def _said(event: Event, repository: Repository | None) -> tuple[Discussion | None, DiscussionEvent | None]:
    if repository is None or event.thing_kind != "discussion":
        return None, None
    try:
        discussion = discussions.get(repository, int(event.data.get("number", 0)))
    except NotFound:
        return None, None
    if event.verb not in SAID:
        return discussion, None
    # The record does not name the comment: it is the last that its author had written by then.
    comments = [
        row
        for row in discussions.events_of(discussion)
        if row.kind == DiscussionEventKind.COMMENT
        and row.author_id == event.actor_id
        and row.created_at <= event.created_at
    ]
    return discussion, comments[-1] if comments else None
