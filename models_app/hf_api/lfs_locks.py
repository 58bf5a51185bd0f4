"""The locks of git-lfs: take, list, check before a push, give back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.core.clock import iso_millis
from models_app.hf_api.addressing import in_repository
from models_app.hf_api.http import flag_of, json_body, query_int, text_of
from models_app.hf_api.lfs import lfs_view
from models_app.hf_api.xet import require_upload
from models_app.repositories import lfs_locks
from models_app.repositories.models import LfsLock, Repository

PAGE = 100
MAX_PAGE = 1000


def as_json(row: LfsLock) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "path": row.path,
        "locked_at": iso_millis(row.locked_at),
        "owner": {"name": row.owner.username},
    }


def with_cursor(answer: dict[str, Any], page: lfs_locks.LockPage) -> JsonResponse:
    return JsonResponse(answer | ({"next_cursor": page.next_cursor} if page.next_cursor else {}))


@lfs_view
@in_repository()
def locks(request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    if request.method == "POST":
        require_upload(actor, repository, for_pull_request=False)
        return take(request, actor, repository)
    asked = request.GET
    page = lfs_locks.list_locks(
        repository,
        path=asked.get("path", ""),
        number=asked.get("id", ""),
        cursor=asked.get("cursor", ""),
        limit=query_int(request, "limit", default=PAGE, most=MAX_PAGE),
    )
    return with_cursor({"locks": [as_json(row) for row in page.locks]}, page)


def take(request: HttpRequest, actor: Actor, repository: Repository) -> HttpResponseBase:
    try:
        row = lfs_locks.lock(actor, repository, text_of(json_body(request), "path"))
    except lfs_locks.LockTaken as taken:
        answer = {"lock": as_json(taken.lock), "message": taken.message}
        return JsonResponse(answer, status=taken.status, headers={"X-Error-Code": taken.code})
    return JsonResponse({"lock": as_json(row)}, status=201)


@lfs_view
@in_repository()
def verify(request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    """Asked before each push: whose locks are in the way of whom."""
    require_upload(actor, repository, for_pull_request=False)
    order = json_body(request)
    limit = order.get("limit")
    page = lfs_locks.list_locks(
        repository,
        cursor=text_of(order, "cursor", ""),
        limit=min(limit, MAX_PAGE) if isinstance(limit, int) and limit > 0 else PAGE,
    )
    mine = actor.user.pk if actor.user else None
    return with_cursor(
        {
            "ours": [as_json(row) for row in page.locks if row.owner_id == mine],
            "theirs": [as_json(row) for row in page.locks if row.owner_id != mine],
        },
        page,
    )


@lfs_view
@in_repository()
def unlock(request: HttpRequest, actor: Actor, repository: Repository, /, *, number: str) -> HttpResponseBase:
    require_upload(actor, repository, for_pull_request=False)
    force = flag_of(json_body(request), "force") or False
    return JsonResponse({"lock": as_json(lfs_locks.unlock(actor, repository, number, force=force))})
