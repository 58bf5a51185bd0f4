"""Folders, paths and history of a revision."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.core import clock
from hub.core.errors import EntryNotFound, InvalidInput, TooLarge
from models_app.commits import selectors as commits
from models_app.commits.selectors import CommitInfo
from models_app.hf_api import security
from models_app.hf_api.addressing import clean_path, in_repository, split_revision
from models_app.hf_api.http import (
    absolute,
    hf_view,
    json_body,
    json_list,
    next_page_url,
    query_flag,
    query_int,
    query_list,
)
from models_app.repositories import selectors
from models_app.repositories.models import Repository
from models_app.repositories.types import TreeEntry
from models_app.scans import selectors as scans
from models_app.scans import services as scan_services
from models_app.scans.models import PickleScan

TREE_PAGE, COMMITS_PAGE = 1000, 50
# With last commits: the index knows them at the tip; elsewhere history is walked for each folder.
EXPANDED_PAGE, EXPANDED_PAGE_OF_TIP = 100, 500
MAX_PATHS = 1000
MAX_CURSOR = 8192


@hf_view
@in_repository()
def tree(request: HttpRequest, _actor: Actor, repository: Repository, /, *, rest: str) -> HttpResponseBase:
    revision, path = split_revision(repository, rest)
    expand = query_flag(request, "expand")
    most = TREE_PAGE
    if expand:
        most = EXPANDED_PAGE_OF_TIP if revision.commit == repository.head else EXPANDED_PAGE
    try:
        page = selectors.list_tree(
            repository,
            revision.commit,
            clean_path(path),
            recursive=query_flag(request, "recursive"),
            after=decoded(request.GET.get("cursor", "")),
            limit=query_int(request, "limit", default=most, most=most),
        )
    except EntryNotFound as error:
        error.commit = revision.commit
        raise
    items = entries_json(repository, revision.commit, page.entries, expand=expand)
    next_url = next_page_url(request, encoded(page.next_after or ""))
    return json_list(items, next_url=next_url)


def encoded(path: str) -> str:
    """A path as a cursor: any file name survives a query string this way."""
    return base64.urlsafe_b64encode(path.encode("utf-8", "surrogateescape")).decode()


def decoded(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor[:MAX_CURSOR]).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        raise InvalidInput("The cursor is not one that this hub gave.") from None


def with_last_commits(repository: Repository, commit: str, entries: list[TreeEntry]) -> list[TreeEntry]:
    """Each entry with the newest commit that changed it."""
    found = commits.last_commits_of_paths(repository, commit, [entry.path for entry in entries])
    return [replace(entry, last_commit=found.get(entry.path)) for entry in entries]


def entries_json(
    repository: Repository, commit: str, entries: list[TreeEntry], *, expand: bool
) -> list[dict[str, Any]]:
    """With `expand`, the last commit of each, and what was found in files that may run code."""
    if not expand:
        return [entry_json(entry) for entry in entries]
    found = scans.scans_of(entries)
    if None in found.values():
        scan_services.ask(repository, commit)
    return [entry_json(entry, found) for entry in with_last_commits(repository, commit, entries)]


def entry_json(entry: TreeEntry, found: Mapping[str, PickleScan | None] | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "type": "directory" if entry.is_directory else "file",
        "oid": entry.oid,
        "size": entry.size,
        "path": entry.path,
    }
    if entry.lfs:
        answer["lfs"] = {
            "oid": entry.lfs.sha256,
            "size": entry.lfs.size,
            "pointerSize": entry.lfs.pointer_size,
        }
        if entry.lfs.xet_hash:
            answer["xetHash"] = entry.lfs.xet_hash
    if found and entry.path in found:
        answer["securityFileStatus"] = security.file_status(found[entry.path])
    if entry.last_commit:
        answer["lastCommit"] = {
            "id": entry.last_commit.id,
            "title": entry.last_commit.title,
            "date": clock.iso_millis(entry.last_commit.date),
        }
    return answer


@hf_view(methods=("POST",))
@in_repository()
def paths_info(
    request: HttpRequest, _actor: Actor, repository: Repository, /, *, rest: str
) -> HttpResponseBase:
    commit = selectors.resolve(repository, rest.strip("/")).commit
    paths, expand = asked_paths(request)
    if len(paths) > MAX_PATHS:
        raise TooLarge(f"At most {MAX_PATHS} paths can be asked for at once.")
    entries = selectors.find_many(repository, commit, [clean_path(path) for path in paths])
    return JsonResponse(entries_json(repository, commit, entries, expand=expand), safe=False)


def asked_paths(request: HttpRequest) -> tuple[list[str], bool]:
    """One client sends a form, another JSON."""
    if request.content_type != "application/json":
        return request.POST.getlist("paths"), request.POST.get("expand", "").lower() in {"1", "true"}
    body = json_body(request)
    paths = body.get("paths", [])
    paths = [paths] if isinstance(paths, str) else paths
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise InvalidInput("`paths` must be a list of texts.")
    return paths, body.get("expand") is True


@hf_view
@in_repository()
def commit_list(
    request: HttpRequest, _actor: Actor, repository: Repository, /, *, rest: str
) -> HttpResponseBase:
    commit = selectors.resolve(repository, rest.strip("/")).commit
    limit = query_int(request, "limit", default=COMMITS_PAGE, most=COMMITS_PAGE)
    page = commits.history(repository, commit, after=request.GET.get("cursor", ""), limit=limit)
    formatted = "formatted" in query_list(request, "expand")
    items = [commit_json(request, info, formatted=formatted) for info in page.commits]
    response = json_list(items, next_url=next_page_url(request, page.next_after or ""))
    response["X-Total-Count"] = str(commits.count(repository, commit))
    return response


def commit_json(request: HttpRequest, info: CommitInfo, *, formatted: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": info.id,
        "title": info.title,
        "message": info.message,
        "authors": [
            {
                "user": info.author_name,
                "avatar": absolute(request, f"/avatars/{info.author_name.lower()}.svg"),
            }
        ],
        "date": clock.iso_millis(info.date),
    }
    if formatted:
        # Plain text is its own formatting; clients only want both fields present.
        answer["formatted"] = {"title": info.title, "message": info.message}
    return answer
