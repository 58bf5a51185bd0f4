"""Small routes that clients ask in passing, and the parts of the protocol left out on purpose."""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.core.errors import EntryNotFound, InvalidInput, NotFound, NotOffered, RepositoryNotFound
from models_app.hf_api.addressing import clean_path, entry_at, in_repository
from models_app.hf_api.http import hf_view
from models_app.previews import safetensors
from models_app.repositories import access, selectors
from models_app.repositories.access import Need
from models_app.repositories.models import Repository, RepositoryType

ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MAX_INDEX_BYTES = 20_000_000
MAX_SHARDS = 500
# Of all headers together: they are held at once, and as objects take ten times as much.
MAX_HEADER_BYTES = 24_000_000


@hf_view
def agent_harnesses(_request: HttpRequest, _actor: Actor, /) -> HttpResponseBase:
    """Clients ask before almost everything; an empty registry makes them remember the answer."""
    return JsonResponse({})


@hf_view
def telemetry(_request: HttpRequest, _actor: Actor, /, **_kwargs: Any) -> HttpResponseBase:
    """Taken and forgotten: the hub collects nothing."""
    return HttpResponse(status=200)


@hf_view
@in_repository(Need.CONTENT)
def safetensors_metadata(
    _request: HttpRequest, _actor: Actor, repository: Repository, /, *, path: str
) -> HttpResponseBase:
    """The headers of all shards that an index file names, at the tip of the default branch."""
    index = read_index(repository, clean_path(path))
    shards = sorted({str(name) for name in index["weight_map"].values()})
    if len(shards) > MAX_SHARDS:
        raise InvalidInput(f"The index names more than {MAX_SHARDS} files.")
    folder = path.rpartition("/")[0]
    headers: dict[str, Any] = {}
    left = MAX_HEADER_BYTES
    for shard in shards:
        header = shard_header(repository, f"{folder}/{shard}".lstrip("/"), left)
        headers[shard], left = header.raw, left - header.length
    return JsonResponse({"index": {"metadata": index.get("metadata", {})}, "headers": headers})


def read_index(repository: Repository, path: str) -> dict[str, Any]:
    raw = selectors.read_small(repository, repository.head, path, limit=MAX_INDEX_BYTES)
    if raw is None:
        raise EntryNotFound(commit=repository.head)
    try:
        index = json.loads(raw)
    except (ValueError, RecursionError):
        index = None
    if not isinstance(index, dict) or not isinstance(index.get("weight_map"), dict):
        raise InvalidInput(f"{path} is no index of safetensors files.")
    return index


def shard_header(repository: Repository, path: str, limit: int) -> safetensors.Header:
    content = selectors.open_content(repository, entry_at(repository, repository.head, path))
    try:
        return safetensors.read_header(content.read, content.size, limit=limit)
    except safetensors.BadHeader as problem:
        raise InvalidInput(f"{path} is no safetensors file: {problem}.") from None


@hf_view(methods=ALL_METHODS)
def not_offered(_request: HttpRequest, _actor: Actor, /, *, part: str, **_kwargs: Any) -> HttpResponseBase:
    raise NotOffered(f"{re.sub('[-_]', ' ', part).capitalize()} are not offered by this hub.")


@hf_view(methods=ALL_METHODS)
def no_such_repository(_request: HttpRequest, _actor: Actor, /, **_kwargs: Any) -> HttpResponseBase:
    """Names without a namespace, and types that the hub does not hold."""
    raise RepositoryNotFound


@hf_view(methods=ALL_METHODS)
def unknown_in_repository(
    _request: HttpRequest,
    actor: Actor,
    /,
    *,
    repo_type: RepositoryType,
    namespace: str,
    name: str,
    rest: str = "",
) -> HttpResponseBase:
    """A missing repository is told as such, whatever was asked of it."""
    access.get_repository_for(actor, repo_type, f"{namespace}/{name}")
    raise NotFound(f"The hub has no such route for repositories: {rest[:80]}")
