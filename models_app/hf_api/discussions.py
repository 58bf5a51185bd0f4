"""Discussions as clients know them. Pull requests are not offered yet, and say so."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.accounts.models import User
from hub.core import clock
from hub.core.errors import InvalidInput, NotOffered
from models_app.discussions import selectors, services
from models_app.discussions.models import (
    Discussion,
    DiscussionEvent,
    DiscussionEventKind,
    DiscussionStatus,
)
from models_app.hf_api.addressing import in_repository
from models_app.hf_api.http import by_method, flag_of, hf_view, json_body, query_int, text_of
from models_app.repositories.models import Repository

PAGE = 50
MAX_PAGES = 10_000


def discussion_json(discussion: Discussion) -> dict[str, Any]:
    repository = discussion.repository
    return {
        "num": discussion.number,
        "title": discussion.title,
        "status": discussion.status,
        **author_json(discussion.author),
        "createdAt": clock.iso_millis(discussion.created_at),
        "isPullRequest": False,
        "repo": {"name": repository.full_id, "type": repository.type},
    }


def author_json(author: User | None) -> dict[str, Any]:
    """Nothing for a person who is gone: clients then show «deleted»."""
    return {"author": {"name": author.username, "type": "user"}} if author else {}


def event_json(event: DiscussionEvent) -> dict[str, Any]:
    data = comment_json(event) if event.kind == DiscussionEventKind.COMMENT else event.data
    return {
        "id": event.pk,
        "type": event.kind,
        "createdAt": clock.iso_millis(event.created_at),
        **author_json(event.author),
        "data": data,
    }


def comment_json(event: DiscussionEvent) -> dict[str, Any]:
    return {
        "edited": bool(event.data.get("edited")),
        "hidden": bool(event.data.get("hidden")),
        "latest": {
            "raw": event.text,
            "html": "",
            "updatedAt": event.data.get("updatedAt") or clock.iso_millis(event.created_at),
            **author_json(event.author),
        },
        "history": event.data.get("history", []),
    }


@hf_view
@in_repository()
def discussion_list(request: HttpRequest, _actor: Actor, repository: Repository, /) -> HttpResponseBase:
    start = query_int(request, "p", default=0, least=0, most=MAX_PAGES) * PAGE
    rows = selectors.list_for(
        repository, status=status_in(request.GET.get("status", "")), author=request.GET.get("author", "")
    )
    if request.GET.get("type") == "pull_request":
        rows = rows.none()
    found = list(rows[start : start + PAGE])
    for discussion in found:
        discussion.repository = repository
    items = [discussion_json(discussion) for discussion in found]
    return JsonResponse({"discussions": items, "count": rows.count(), "start": start})


def status_in(word: str) -> DiscussionStatus | None:
    if word in {"", "all"}:
        return None
    if word not in DiscussionStatus.values:
        raise InvalidInput("`status` must be all, open or closed.")
    return DiscussionStatus(word)


@hf_view(methods=("POST",))
@in_repository()
def open_discussion(request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    body = json_body(request)
    if flag_of(body, "pullRequest"):
        raise NotOffered("Pull requests are not offered by this hub yet. Open a discussion instead.")
    discussion = services.open(
        actor, repository, title=text_of(body, "title"), description=text_of(body, "description")
    )
    return JsonResponse(discussion_json(discussion))


@hf_view
@in_repository()
def details(
    _request: HttpRequest, _actor: Actor, repository: Repository, /, *, number: int
) -> HttpResponseBase:
    discussion = selectors.get(repository, number)
    events = [event_json(event) for event in selectors.events_of(discussion)]
    return JsonResponse({**discussion_json(discussion), "events": events})


@hf_view(methods=("POST",))
@in_repository()
def comment(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, number: int
) -> HttpResponseBase:
    discussion = selectors.get(repository, number)
    event = services.comment(actor, discussion, text_of(json_body(request), "comment"))
    return JsonResponse({"newMessage": event_json(event)})


@hf_view(methods=("POST",))
@in_repository()
def edit(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, number: int, event_id: str
) -> HttpResponseBase:
    event = selectors.get_event(selectors.get(repository, number), event_id)
    changed = services.edit_comment(actor, event, text_of(json_body(request), "content"))
    return JsonResponse({"updatedComment": event_json(changed)})


@hf_view(methods=("POST",))
@in_repository()
def hide(
    _request: HttpRequest, actor: Actor, repository: Repository, /, *, number: int, event_id: str
) -> HttpResponseBase:
    event = selectors.get_event(selectors.get(repository, number), event_id)
    return JsonResponse({"updatedComment": event_json(services.hide_comment(actor, event))})


@hf_view(methods=("POST",))
@in_repository()
def rename(request: HttpRequest, actor: Actor, repository: Repository, /, *, number: int) -> HttpResponseBase:
    discussion = selectors.get(repository, number)
    event = services.rename(actor, discussion, text_of(json_body(request), "title"))
    return JsonResponse({"newTitle": event_json(event or last_event(discussion))})


@hf_view(methods=("POST",))
@in_repository()
def set_status(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, number: int
) -> HttpResponseBase:
    body = json_body(request)
    status = status_in(text_of(body, "status"))
    if status is None:
        raise InvalidInput("`status` must be open or closed.")
    discussion = selectors.get(repository, number)
    event = services.set_status(actor, discussion, status, text=text_of(body, "comment", ""))
    return JsonResponse({"newStatus": event_json(event or last_event(discussion))})


@hf_view(methods=("POST",))
@in_repository()
def merge(
    _request: HttpRequest, _actor: Actor, _repository: Repository, /, **_kwargs: Any
) -> HttpResponseBase:
    raise NotOffered("Pull requests are not offered by this hub yet.")


def last_event(discussion: Discussion) -> DiscussionEvent:
    """What an act that changed nothing answers: clients parse an event in any case."""
    return selectors.events_of(discussion)[-1]


list_or_open = by_method(GET=discussion_list, POST=open_discussion)
