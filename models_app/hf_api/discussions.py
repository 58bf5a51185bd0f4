"""Discussions and pull requests as clients know them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.accounts.models import User
from hub.core import clock
from hub.core.errors import InvalidInput
from models_app.cards import markdown
from models_app.commits import comparison
from models_app.discussions import pull_requests, selectors, services
from models_app.discussions.models import (
    Discussion,
    DiscussionEvent,
    DiscussionEventKind,
    DiscussionStatus,
)
from models_app.discussions.selectors import Kind
from models_app.hf_api.addressing import in_repository
from models_app.hf_api.http import by_method, flag_of, hf_view, json_body, query_flag, query_int, text_of
from models_app.repositories import access
from models_app.repositories.access import Need
from models_app.repositories.models import Repository

PAGE = 50
MAX_PAGES = 10_000
# The other states are reached by committing and merging.
STATUSES = {DiscussionStatus.OPEN, DiscussionStatus.CLOSED}


def discussion_json(discussion: Discussion) -> dict[str, Any]:
    repository = discussion.repository
    return {
        "num": discussion.number,
        "title": discussion.title,
        "status": discussion.status,
        **author_json(discussion.author),
        "createdAt": clock.iso_millis(discussion.created_at),
        "isPullRequest": discussion.is_pull_request,
        "repo": {"name": repository.full_id, "type": repository.type},
    }


def author_json(author: User | None) -> dict[str, Any]:
    """Nothing for a person who is gone: clients then show «deleted»."""
    return {"author": {"name": author.username, "type": "user"}} if author else {}


def event_json(repository: Repository, event: DiscussionEvent) -> dict[str, Any]:
    data = comment_json(repository, event) if event.kind == DiscussionEventKind.COMMENT else event.data
    return {
        "id": event.pk,
        "type": event.kind,
        "createdAt": clock.iso_millis(event.created_at),
        **author_json(event.author),
        "data": data,
    }


def comment_json(repository: Repository, event: DiscussionEvent) -> dict[str, Any]:
    place = repository.get_absolute_url()
    html = markdown.render_kept(event.text, f"{place}/blob/main/", f"{place}/resolve/main/")
    return {
        "edited": bool(event.data.get("edited")),
        "hidden": bool(event.data.get("hidden")),
        "latest": {
            "raw": event.text,
            "html": html,
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
        repository,
        status=status_in(request.GET.get("status", "")),
        author=request.GET.get("author", ""),
        kind=kind_in(request.GET.get("type", "")),
    )
    found = list(rows[start : start + PAGE])
    for discussion in found:
        discussion.repository = repository
    items = [discussion_json(discussion) for discussion in found]
    return JsonResponse({"discussions": items, "count": rows.count(), "start": start})


def status_in(word: str) -> DiscussionStatus | None:
    if word in {"", "all"}:
        return None
    if word not in STATUSES:
        raise InvalidInput("`status` must be all, open or closed.")
    return DiscussionStatus(word)


def kind_in(word: str) -> Kind | None:
    if word in {"", "all"}:
        return None
    if word not in set(Kind):
        raise InvalidInput("`type` must be all, discussion or pull_request.")
    return Kind(word)


@hf_view(methods=("POST",))
@in_repository()
def open_discussion(request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    body = json_body(request)
    start = pull_requests.start if flag_of(body, "pullRequest") else services.open
    discussion = start(
        actor, repository, title=text_of(body, "title"), description=text_of(body, "description")
    )
    return JsonResponse(discussion_json(discussion))


@hf_view
@in_repository()
def details(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, number: int
) -> HttpResponseBase:
    discussion = selectors.get(repository, number)
    answer = discussion_json(discussion)
    answer["events"] = [event_json(repository, event) for event in selectors.events_of(discussion)]
    if discussion.is_pull_request:
        may_see = access.can(actor, repository, Need.CONTENT)
        answer |= changes_json(discussion, with_diff=may_see and query_flag(request, "diff"))
    return JsonResponse(answer)


def changes_json(discussion: Discussion, *, with_diff: bool) -> dict[str, Any]:
    changes = {"base": discussion.base}
    if discussion.merge_commit:
        changes["mergeCommitId"] = discussion.merge_commit
    state = pull_requests.state(discussion)
    answer: dict[str, Any] = {"changes": changes, "filesWithConflicts": state.conflicts}
    if with_diff:
        answer["diff"] = comparison.text_of(state.diff) if state.diff else ""
    return answer


@hf_view(methods=("POST",))
@in_repository()
def comment(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, number: int
) -> HttpResponseBase:
    discussion = selectors.get(repository, number)
    event = services.comment(actor, discussion, text_of(json_body(request), "comment"))
    return JsonResponse({"newMessage": event_json(repository, event)})


@hf_view(methods=("POST",))
@in_repository()
def edit(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, number: int, event_id: str
) -> HttpResponseBase:
    event = selectors.get_event(selectors.get(repository, number), event_id)
    changed = services.edit_comment(actor, event, text_of(json_body(request), "content"))
    return JsonResponse({"updatedComment": event_json(repository, changed)})


@hf_view(methods=("POST",))
@in_repository()
def hide(
    _request: HttpRequest, actor: Actor, repository: Repository, /, *, number: int, event_id: str
) -> HttpResponseBase:
    event = selectors.get_event(selectors.get(repository, number), event_id)
    return JsonResponse({"updatedComment": event_json(repository, services.hide_comment(actor, event))})


@hf_view(methods=("POST",))
@in_repository()
def rename(request: HttpRequest, actor: Actor, repository: Repository, /, *, number: int) -> HttpResponseBase:
    discussion = selectors.get(repository, number)
    event = services.rename(actor, discussion, text_of(json_body(request), "title"))
    return JsonResponse({"newTitle": event_json(repository, event or last_event(discussion))})


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
    return JsonResponse({"newStatus": event_json(repository, event or last_event(discussion))})


@hf_view(methods=("POST",))
@in_repository()
def merge(request: HttpRequest, actor: Actor, repository: Repository, /, *, number: int) -> HttpResponseBase:
    text = text_of(json_body(request), "comment", "")
    discussion = selectors.get_pull_request(repository, number)
    result = pull_requests.merge(actor, discussion, text=text)
    return JsonResponse({"success": True, "mergeCommitId": result.commit})


def last_event(discussion: Discussion) -> DiscussionEvent:
    """What an act that changed nothing answers: clients parse an event in any case."""
    return selectors.events_of(discussion)[-1]


list_or_open = by_method(GET=discussion_list, POST=open_discussion)
