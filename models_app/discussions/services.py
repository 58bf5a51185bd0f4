"""Opening, answering, closing and naming discussions; each act is an event that stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from hub.accounts.actors import Actor
from hub.activity import services as activity
from hub.activity.things import Thing
from hub.core import clock
from hub.core.errors import Busy, Conflict, InvalidInput, PermissionRefused
from models_app.discussions import policies, selectors
from models_app.discussions.models import (
    Discussion,
    DiscussionEvent,
    DiscussionEventKind,
    DiscussionStatus,
)
from models_app.repositories.models import Repository

MERGED = DiscussionStatus.MERGED
MAX_TITLE = 300
MAX_COMMENT = 65_536
MAX_HISTORY = 20
NUMBER_ATTEMPTS = 20
VERBS = {
    (DiscussionStatus.OPEN, DiscussionStatus.CLOSED): "discussion.closed",
    (DiscussionStatus.DRAFT, DiscussionStatus.CLOSED): "discussion.closed",
    (DiscussionStatus.DRAFT, DiscussionStatus.OPEN): "pull-request.published",
}


def open(actor: Actor, repository: Repository, *, title: str, description: str) -> Discussion:  # noqa: A001
    """A new discussion with the next number of the repository; the description is its first comment.

    PermissionRefused without the right to take part; InvalidInput for an empty or overlong text; Busy.
    """
    _require(policies.may_take_part(actor, repository))
    title, description = clean_title(title), clean_comment(description)
    return numbered(repository, lambda number: _open(actor, repository, number, title, description))


def numbered(repository: Repository, make: Callable[[int], Discussion]) -> Discussion:
    """What `make` inserts under the repository's next free number. Busy when others keep taking it."""
    for _attempt in range(NUMBER_ATTEMPTS):
        try:
            return make(selectors.last_number(repository) + 1)
        except IntegrityError:
            continue  # somebody took the number in between
    raise Busy("Many discussions are being opened here. Try again.")


def _open(actor: Actor, repository: Repository, number: int, title: str, description: str) -> Discussion:
    with transaction.atomic():
        discussion = Discussion.objects.create(
            repository=repository, number=number, title=title, author=actor.user
        )
        add_event(discussion, actor, DiscussionEventKind.COMMENT, text=description)
        record("discussion.opened", actor, repository, discussion)
    return discussion


def comment(actor: Actor, discussion: Discussion, text: str) -> DiscussionEvent:
    """Adds a comment, to a closed discussion too."""
    repository = discussion.repository
    _require(policies.may_take_part(actor, repository))
    text = clean_comment(text)
    with transaction.atomic():
        event = add_event(discussion, actor, DiscussionEventKind.COMMENT, text=text)
        record("discussion.commented", actor, repository, discussion)
    return event


def set_status(
    actor: Actor, discussion: Discussion, status: DiscussionStatus, *, text: str = ""
) -> DiscussionEvent | None:
    """Closes or reopens, with a comment before it where `text` is given; OPEN offers a draft.

    None, and nothing happens, when the discussion already has that status. Conflict once it is merged.
    """
    repository = discussion.repository
    _require(policies.may_manage(actor, repository, discussion))
    if status not in {DiscussionStatus.OPEN, DiscussionStatus.CLOSED}:
        raise InvalidInput("A discussion can be opened or closed.", field="status")
    with transaction.atomic():
        rows = Discussion.objects.filter(pk=discussion.pk).exclude(status=MERGED)
        former = discussion.status
        changed = rows.exclude(status=status).update(status=status)
        if not changed and Discussion.objects.filter(pk=discussion.pk, status=MERGED).exists():
            raise Conflict("The pull request was merged: it stays as it is.")
        discussion.status = status
        if not changed:
            return None
        if text.strip():
            add_event(discussion, actor, DiscussionEventKind.COMMENT, text=clean_comment(text))
        event = add_event(discussion, actor, DiscussionEventKind.STATUS_CHANGE, data={"status": str(status)})
        verb = VERBS.get((DiscussionStatus(former), status), "discussion.reopened")
        record(verb, actor, repository, discussion)
    return event


def rename(actor: Actor, discussion: Discussion, title: str) -> DiscussionEvent | None:
    """Changes the title; None when it is the same."""
    repository = discussion.repository
    _require(policies.may_manage(actor, repository, discussion))
    title = clean_title(title)
    with transaction.atomic():
        row = Discussion.objects.select_for_update().get(pk=discussion.pk)
        if row.title == title:
            return None
        event = add_event(
            discussion, actor, DiscussionEventKind.TITLE_CHANGE, data={"from": row.title, "to": title}
        )
        Discussion.objects.filter(pk=row.pk).update(title=title)
        discussion.title = title
    return event


def edit_comment(actor: Actor, event: DiscussionEvent, text: str) -> DiscussionEvent:
    """Replaces the text; the last MAX_HISTORY former texts stay readable as history."""
    _require_comment(event)
    _require(policies.may_edit(actor, event.discussion.repository, event))
    text = clean_comment(text)
    with transaction.atomic():
        row = DiscussionEvent.objects.select_for_update().get(pk=event.pk)
        former = {"raw": row.text, "updatedAt": row.data.get("updatedAt") or clock.iso_millis(row.created_at)}
        history = [former, *row.data.get("history", [])][:MAX_HISTORY]
        event.text = text
        event.data = {
            **row.data,
            "edited": True,
            "history": history,
            "updatedAt": clock.iso_millis(clock.now()),
        }
        event.save(update_fields=["text", "data"])
    return event


def hide_comment(actor: Actor, event: DiscussionEvent) -> DiscussionEvent:
    """Takes the text and its history away for good; that something was said here stays."""
    _require_comment(event)
    _require(policies.may_hide(actor, event.discussion.repository, event))
    event.text = ""
    event.data = {"edited": bool(event.data.get("edited")), "hidden": True, "hiddenBy": actor.name}
    event.save(update_fields=["text", "data"])
    return event


def add_event(
    discussion: Discussion,
    actor: Actor,
    kind: DiscussionEventKind,
    *,
    text: str = "",
    data: dict[str, Any] | None = None,
) -> DiscussionEvent:
    return DiscussionEvent.objects.create(
        discussion=discussion, author=actor.user, kind=kind, text=text, data=data or {}
    )


def record(verb: str, actor: Actor, repository: Repository, discussion: Discussion) -> None:
    thing = Thing(
        kind="discussion",
        id=str(discussion.pk),
        name=f"{repository.full_id}#{discussion.number} {discussion.title}",
        url=f"{repository.get_absolute_url()}/discussions/{discussion.number}",
    )
    activity.record(
        verb,
        actor=actor,
        thing=thing,
        namespace_id=repository.namespace_id,
        is_public=not repository.is_private,
        data={
            "repository_id": repository.pk,
            "number": discussion.number,
            "title": discussion.title,
            "is_pull_request": discussion.is_pull_request,
        },
    )


def _require(allowed: bool) -> None:
    if not allowed:
        raise PermissionRefused


def _require_comment(event: DiscussionEvent) -> None:
    if event.kind != DiscussionEventKind.COMMENT or event.data.get("hidden"):
        raise InvalidInput("Only a comment that was not hidden can be changed.")


def storable(text: str) -> str:
    """Without NUL and lone surrogates, which PostgreSQL refuses."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def clean_title(text: str) -> str:
    title = " ".join(storable(text).split())
    if not title:
        raise InvalidInput("A discussion needs a title.", field="title")
    if len(title) > MAX_TITLE:
        raise InvalidInput(f"A title has at most {MAX_TITLE} characters.", field="title")
    return title


def clean_comment(text: str) -> str:
    text = storable(text)
    if not text.strip():
        raise InvalidInput("A comment needs some text.", field="comment")
    if len(text) > MAX_COMMENT:
        raise InvalidInput(f"A comment has at most {MAX_COMMENT} characters.", field="comment")
    return text.replace("\r\n", "\n").strip()
