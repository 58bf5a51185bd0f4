"""Reads of discussions. The door has checked that the repository may be read."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet

from hub.core.errors import NotFound
from models_app.discussions.models import (
    Discussion,
    DiscussionEvent,
    DiscussionEventKind,
    DiscussionStatus,
)
from models_app.repositories.models import Repository


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
    repository: Repository, *, status: DiscussionStatus | None = None, author: str = ""
) -> QuerySet[Discussion]:
    """Newest first, each with its author and `comments`, the number of answers."""
    rows = Discussion.objects.filter(repository=repository).select_related("author")
    if status:
        rows = rows.filter(status=status)
    if author:
        rows = rows.filter(author__username__iexact=author)
    answers = Count("events", filter=Q(events__kind=DiscussionEventKind.COMMENT)) - 1
    return rows.annotate(comments=answers).order_by("-number")


def page_of(
    repository: Repository, *, status: DiscussionStatus | None, before: int | None = None, limit: int = 30
) -> DiscussionPage:
    rows = list_for(repository, status=status)
    found = list((rows.filter(number__lt=before) if before else rows)[: limit + 1])
    more = len(found) > limit
    return DiscussionPage(found[:limit], found[limit - 1].number if more else None)


def counts(repository: Repository) -> DiscussionCounts:
    """How many are open and closed. One query."""
    row = Discussion.objects.filter(repository=repository).aggregate(
        open=Count("pk", filter=Q(status=DiscussionStatus.OPEN)),
        closed=Count("pk", filter=Q(status=DiscussionStatus.CLOSED)),
    )
    return DiscussionCounts(row["open"], row["closed"])


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
