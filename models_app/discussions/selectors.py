"""Reads of discussions. The door has checked that the repository may be read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Max, Q, QuerySet

from hub.accounts.actors import Actor
from hub.accounts.models import User
from hub.core.errors import NotFound
from models_app.discussions.models import (
    Discussion,
    DiscussionEvent,
    DiscussionEventKind,
    DiscussionStatus,
)
from models_app.repositories.access import visible_to
from models_app.repositories.models import Repository

ACTIVE = (DiscussionStatus.OPEN, DiscussionStatus.DRAFT)
DONE = (DiscussionStatus.CLOSED, DiscussionStatus.MERGED)


class Kind(StrEnum):
    """What lists can be narrowed to."""

    DISCUSSION = "discussion"
    PULL_REQUEST = "pull_request"


@dataclass(frozen=True, slots=True)
class DiscussionCounts:
    open: int
    closed: int


@dataclass(frozen=True, slots=True)
class DiscussionPage:
    """`next_before` asks for the page after this one; None on the last."""

    discussions: list[Discussion]
    next_before: int | None


def list_for(
    repository: Repository,
    *,
    status: DiscussionStatus | None = None,
    author: str = "",
    kind: Kind | None = None,
) -> QuerySet[Discussion]:
    """Newest first, each with its author and `comments`, the number of answers.

    `status` is open, with drafts among them, or closed, with what was merged among them.
    """
    rows = Discussion.objects.filter(repository=repository).select_related("author")
    if status:
        rows = rows.filter(status__in=ACTIVE if status in ACTIVE else DONE)
    if kind:
        rows = rows.filter(is_pull_request=kind is Kind.PULL_REQUEST)
    if author:
        rows = rows.filter(author__username__iexact=author)
    answers = Count("events", filter=Q(events__kind=DiscussionEventKind.COMMENT)) - 1
    return rows.annotate(comments=answers).order_by("-number")


def page_of(
    repository: Repository,
    *,
    status: DiscussionStatus | None,
    kind: Kind | None = None,
    before: int | None = None,
    limit: int = 30,
) -> DiscussionPage:
    rows = list_for(repository, status=status, kind=kind)
    found = list((rows.filter(number__lt=before) if before else rows)[: limit + 1])
    more = len(found) > limit
    return DiscussionPage(found[:limit], found[limit - 1].number if more else None)


def counts(repository: Repository) -> DiscussionCounts:
    """How many are open and closed. One query."""
    row = Discussion.objects.filter(repository=repository).aggregate(
        open=Count("pk", filter=Q(status__in=ACTIVE)),
        closed=Count("pk", filter=Q(status__in=DONE)),
    )
    return DiscussionCounts(row["open"], row["closed"])


def opened_by(actor: Actor, user: User) -> int:
    """How many the person opened in what the actor may see, pull requests among them."""
    return Discussion.objects.filter(author=user, repository__in=visible_to(actor)).count()


def last_number(repository: Repository) -> int:
    """The highest number given so far, 0 before the first."""
    return Discussion.objects.filter(repository=repository).aggregate(last=Max("number"))["last"] or 0


def get(repository: Repository, number: int) -> Discussion:
    """NotFound for a number that the repository has not given."""
    discussion = (
        Discussion.objects.filter(repository=repository, number=number).select_related("author").first()
    )
    if discussion is None:
        raise NotFound(f"{repository.full_id} has no discussion {number}.")
    # The caller's object knows its namespace; a fetched one would ask again.
    discussion.repository = repository
    return discussion


def get_pull_request(repository: Repository, number: int) -> Discussion:
    """NotFound for a discussion without commits, too."""
    discussion = get(repository, number)
    if not discussion.is_pull_request:
        raise NotFound(f"{repository.full_id} has no pull request {number}.")
    return discussion


def active_pull_requests(repository: Repository, *, author_id: int | None = None) -> list[Discussion]:
    """Those that still take commits; of one author only, when given."""
    rows = Discussion.objects.filter(repository=repository, is_pull_request=True, status__in=ACTIVE)
    return list(rows.filter(author=author_id) if author_id else rows)


def events_of(discussion: Discussion) -> list[DiscussionEvent]:
    """All events, oldest first, with their authors. One query."""
    events = list(discussion.events.select_related("author").order_by("created_at", "pk"))
    for event in events:
        event.discussion = discussion
    return events


def get_event(discussion: Discussion, event_id: str) -> DiscussionEvent:
    event = discussion.events.select_related("author").filter(pk=event_id.lower()).first()
    if event is None:
        raise NotFound("There is no such comment.")
    event.discussion = discussion
    return event
