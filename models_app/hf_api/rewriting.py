"""Copies of repositories, squashed histories, and large files that leave for good."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.core import clock
from hub.core.errors import Conflict, InvalidInput
from models_app.commits import duplication, rewriting
from models_app.hf_api.addressing import in_repository
from models_app.hf_api.http import (
    absolute,
    flag_of,
    hf_view,
    json_body,
    json_list,
    next_page_url,
    query_int,
    text_of,
)
from models_app.hf_api.repositories import private_in, repository_url
from models_app.repositories.access import Need
from models_app.repositories.models import Repository

PAGE, MOST, MAX_ROW = 100, 1000, 10**15


@hf_view(methods=("POST",))
@in_repository(Need.CONTENT)
def duplicate(request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    body = json_body(request)
    full_id = text_of(body, "repository")
    try:
        made = duplication.duplicate(actor, repository, full_id, private=private_in(body))
    except Conflict as taken:
        taken.fields["url"] = absolute(request, f"{repository.type_.url_prefix}/{full_id}")
        raise
    return JsonResponse(
        {"url": repository_url(request, made), "name": made.full_id, "filesCopyPending": False}
    )


@hf_view(methods=("POST",))
@in_repository(Need.WRITE)
def super_squash(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, branch: str
) -> HttpResponseBase:
    message = text_of(json_body(request), "message", "") or f"Super-squash branch '{branch}'"
    rewriting.squash(actor, repository, branch, message=message)
    return HttpResponse(status=200)


@hf_view
@in_repository(Need.WRITE)
def large_file_list(request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    limit = query_int(request, "limit", default=PAGE, most=MOST)
    after = query_int(request, "cursor", default=0, most=MAX_ROW)
    files, following = rewriting.list_large_files(actor, repository, after=after, limit=limit)
    return json_list(
        [large_file_json(file) for file in files], next_url=next_page_url(request, str(following or ""))
    )


def large_file_json(file: rewriting.LargeFile) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "fileOid": file.sha256,
        "filename": file.path,
        "oid": file.sha256,
        "pushedAt": clock.iso_millis(file.pushed_at),
        "size": file.size,
    }
    return answer | ({"ref": file.ref} if file.ref else {})


@hf_view(methods=("POST",))
@in_repository(Need.ADMIN)
def delete_large_files(request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    asked = json_body(request).get("deletions")
    names = asked.get("sha") if isinstance(asked, dict) else None
    if (
        not isinstance(asked, dict)
        or not isinstance(names, list)
        or not all(isinstance(n, str) for n in names)
    ):
        raise InvalidInput("`deletions` must hold `sha`, a list of file ids.")
    rewrites = flag_of(asked, "rewriteHistory")
    rewriting.delete_large_files(actor, repository, names, rewrite_history=rewrites is not False)
    return JsonResponse({})
