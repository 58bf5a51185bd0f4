"""Opening, answering, closing and naming discussions; each act is an event that stays."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from hub.accounts.actors import Actor
from hub.activity import services as activity
from hub.activity.things import Thing
from hub.core import clock
from hub.core.errors import Busy, InvalidInput, PermissionRefused
from models_app.discussions import policies, selectors
from models_app.discussions.models import (
    Discussion,
    DiscussionEvent,
    DiscussionEventKind,
    DiscussionStatus,
)
from models_app.repositories.models import Repository

MAX_TITLE = 300
MAX_COMMENT = 65_536
MAX_HISTORY = 20
NUMBER_ATTEMPTS = 20


def open(actor: Actor, repository: Repository, *, title: str, description: str) -> Discussion:  # noqa: A001
    """A new discussion with the next number of the repository; the description is its first comment.

    PermissionRefused without the right to take part; InvalidInput for an empty or overlong text; Busy.
    """
    _require(policies.may_take_part(actor, repository))
    title, description = _title(title), _comment(description)
    for _attempt in range(NUMBER_ATTEMPTS):
        try:
            return _open(actor, repository, title, description)
        except IntegrityError:
            continue  # somebody took the number in between
    raise Busy("Many discussions are being opened here. Try again.")


def _open(actor: Actor, repository: Repository, title: str, description: str) -> Discussion:
    with transaction.atomic():
        discussion = Discussion.objects.create(
            repository=repository,
            number=selectors.last_number(repository) + 1,
            title=title,
            author=actor.user,
        )
        _add(discussion, actor, DiscussionEventKind.COMMENT, text=description)
        _record("discussion.opened", actor, repository, discussion)
    return discussion


def comment(actor: Actor, discussion: Discussion, text: str) -> DiscussionEvent:
    """Adds a comment, to a closed discussion too."""
    repository = discussion.repository
    _require(policies.may_take_part(actor, repository))
    text = _comment(text)
    with transaction.atomic():
        event = _add(discussion, actor, DiscussionEventKind.COMMENT, text=text)
        _record("discussion.commented", actor, repository, discussion)
    return event


def set_status(
    actor: Actor, discussion: Discussion, status: DiscussionStatus, *, text: str = ""
) -> DiscussionEvent | None:
    """Closes or reopens, with a comment before it where `text` is given.

    None, and nothing happens, when the discussion already has that status.
    """
    repository = discussion.repository
    _require(policies.may_manage(actor, repository, discussion))
    with transaction.atomic():
        changed = Discussion.objects.filter(pk=discussion.pk).exclude(status=status).update(status=status)
        discussion.status = status
        if not changed:
            return None
        if text.strip():
            _add(discussion, actor, DiscussionEventKind.COMMENT, text=_comment(text))
        event = _add(discussion, actor, DiscussionEventKind.STATUS_CHANGE, data={"status": str(status)})
        verb = "discussion.closed" if status == DiscussionStatus.CLOSED else "discussion.reopened"
        _record(verb, actor, repository, discussion)
    return event


def rename(actor: Actor, discussion: Discussion, title: str) -> DiscussionEvent | None:
    """Changes the title; None when it is the same."""
    repository = discussion.repository
    _require(policies.may_manage(actor, repository, discussion))
    title = _title(title)
    with transaction.atomic():
        row = Discussion.objects.select_for_update().get(pk=discussion.pk)
        if row.title == title:
            return None
        event = _add(
            discussion, actor, DiscussionEventKind.TITLE_CHANGE, data={"from": row.title, "to": title}
        )
        Discussion.objects.filter(pk=row.pk).update(title=title)
        discussion.title = title
    return event


def edit_comment(actor: Actor, event: DiscussionEvent, text: str) -> DiscussionEvent:
    """Replaces the text; the last MAX_HISTORY former texts stay readable as history."""
    _require_comment(event)
    _require(policies.may_edit(actor, event.discussion.repository, event))
    text = _comment(text)
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


def _add(
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


def _record(verb: str, actor: Actor, repository: Repository, discussion: Discussion) -> None:
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
        data={"repository_id": repository.pk, "number": discussion.number, "title": discussion.title},
    )


def _require(allowed: bool) -> None:
    if not allowed:
        raise PermissionRefused


def _require_comment(event: DiscussionEvent) -> None:
    if event.kind != DiscussionEventKind.COMMENT or event.data.get("hidden"):
        raise InvalidInput("Only a comment that was not hidden can be changed.")


def _storable(text: str) -> str:
    """Without NUL and lone surrogates, which PostgreSQL refuses."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _title(text: str) -> str:
    title = " ".join(_storable(text).split())
    if not title:
        raise InvalidInput("A discussion needs a title.", field="title")
    if len(title) > MAX_TITLE:
        raise InvalidInput(f"A title has at most {MAX_TITLE} characters.", field="title")
    return title


def _comment(text: str) -> str:
    text = _storable(text)
    if not text.strip():
        raise InvalidInput("A comment needs some text.", field="comment")
    if len(text) > MAX_COMMENT:
        raise InvalidInput(f"A comment has at most {MAX_COMMENT} characters.", field="comment")
    return text.replace("\r\n", "\n").strip()
