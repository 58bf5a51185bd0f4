"""Making, naming and closing repositories; branches, tags and references."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.core.errors import Conflict, InvalidInput, NotOffered, Unauthenticated
from models_app.commits import services as commits
from models_app.commits.operations import AddFile
from models_app.hf_api.addressing import in_repository
from models_app.hf_api.http import absolute, by_method, flag_of, hf_view, json_body, query_flag, text_of
from models_app.repositories import access, references, selectors, services
from models_app.repositories.access import Need
from models_app.repositories.models import Gating, Repository, RepositoryType, Visibility
from models_app.repositories.ref_rules import is_protected
from models_app.repositories.types import Ref

TYPES_LEFT_OUT = {"space": "Spaces", "kernel": "Kernels", "bucket": "Buckets"}
DEFAULT_BRANCH = "main"


def type_in(body: dict[str, Any]) -> RepositoryType:
    """The `type` of a body, `model` when absent. Raises InvalidInput, NotOffered."""
    word = text_of(body, "type", "model")
    if word in TYPES_LEFT_OUT:
        raise NotOffered(f"{TYPES_LEFT_OUT[word]} are not offered by this hub.")
    if word not in RepositoryType.values:
        raise InvalidInput(f"`type` must be model or dataset, not {word[:40]!r}.")
    return RepositoryType(word)


def private_in(body: dict[str, Any]) -> bool | None:
    """Newer clients send `visibility`, older ones `private`; None when neither was said."""
    visibility = body.get("visibility")
    if visibility is None:
        return flag_of(body, "private")
    if visibility == "protected":
        raise NotOffered("Protected visibility belongs to spaces, which this hub does not offer.")
    if visibility not in Visibility.values:
        raise InvalidInput("`visibility` must be public or private.")
    return bool(visibility == Visibility.PRIVATE)


def full_id_in(actor: Actor, body: dict[str, Any]) -> str:
    """`organization`/`name`, or the actor's own namespace; older clients put both into `name`."""
    if actor.user is None:
        raise Unauthenticated
    name = text_of(body, "name")
    return name if "/" in name else f"{text_of(body, 'organization', '') or actor.name}/{name}"


def repository_url(request: HttpRequest, repository: Repository) -> str:
    return absolute(request, repository.get_absolute_url())


@hf_view(methods=("POST",))
def create(request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
    body = json_body(request)
    repo_type, full_id = type_in(body), full_id_in(actor, body)
    first_files = files_in(body)
    try:
        repository = services.create(actor, repo_type, full_id, private=private_in(body))
    except Conflict as taken:
        taken.fields["url"] = absolute(request, f"{repo_type.url_prefix}/{full_id}")
        raise
    if first_files:
        commits.commit(actor, repository, DEFAULT_BRANCH, first_files, summary="Add first files")
    return JsonResponse(
        {
            "url": repository_url(request, repository),
            "id": f"{repository.pk:024x}",
            "name": repository.full_id,
            "private": repository.is_private,
        }
    )


def files_in(body: dict[str, Any]) -> list[AddFile]:
    """The files that one client sends along with a creation, and a card for its `license`."""
    files = body.get("files") or []
    if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
        raise InvalidInput("`files` must be a list of objects.")
    found = [AddFile(text_of(file, "path"), content_of(file)) for file in files]
    licence = text_of(body, "license", "")
    if licence and all(file.path != "README.md" for file in found):
        if not all(letter.isalnum() or letter in ".-+" for letter in licence):
            raise InvalidInput("`license` must be a licence identifier.")
        found.append(AddFile("README.md", f"---\nlicense: {licence}\n---\n".encode()))
    return found


def content_of(file: dict[str, Any]) -> bytes:
    content = text_of(file, "content")
    if text_of(file, "encoding", "base64") != "base64":
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput("`content` is not valid base64.") from None


@hf_view(methods=("DELETE",))
def delete(request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
    body = json_body(request)
    repository = access.get_repository_for(actor, type_in(body), full_id_in(actor, body), Need.ADMIN)
    services.delete(actor, repository)
    return HttpResponse(status=200)


@hf_view(methods=("POST",))
def move(request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
    body = json_body(request)
    repository = access.get_repository_for(actor, type_in(body), text_of(body, "fromRepo"), Need.ADMIN)
    moved = services.move(actor, repository, text_of(body, "toRepo"))
    return JsonResponse({"url": repository_url(request, moved)})


@hf_view(methods=("PUT",))
@in_repository(Need.ADMIN)
def settings(request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    body = json_body(request)
    private = private_in(body)
    visibility = None if private is None else Visibility.PRIVATE if private else Visibility.PUBLIC
    repository = services.update_settings(
        actor,
        repository,
        visibility=visibility,
        gating=gating_in(body),
        protected_branches=protection_in(body),
    )
    return JsonResponse(
        {
            "private": repository.is_private,
            "visibility": repository.visibility,
            "gated": repository.gating or False,
            "protectedBranches": repository.protected_branches,
        }
    )


def gating_in(body: dict[str, Any]) -> str | None:
    """`gated` is a mode, or false for an open repository; None when it was not said."""
    if body.get("gated") is False:
        return Gating.OPEN
    return text_of(body, "gated", "") or None


def protection_in(body: dict[str, Any]) -> list[str] | None:
    """`protectedBranches`: names and patterns; None when it was not said."""
    patterns = body.get("protectedBranches")
    if patterns is None:
        return None
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise InvalidInput("`protectedBranches` must be a list of names and patterns.")
    return patterns


@hf_view
@in_repository(Need.CONTENT)
def auth_check(_request: HttpRequest, _actor: Actor, _repository: Repository, /) -> HttpResponseBase:
    return HttpResponse(status=200)


@hf_view
@in_repository(Need.WRITE)
def auth_check_write(_request: HttpRequest, _actor: Actor, _repository: Repository, /) -> HttpResponseBase:
    return HttpResponse(status=200)


# --- References ----------------------------------------------------------------------------------


@hf_view(methods=("POST",))
@in_repository(Need.WRITE)
def create_branch(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, branch: str
) -> HttpResponseBase:
    body = json_body(request)
    references.create_branch(
        actor,
        repository,
        branch,
        text_of(body, "startingPoint", "") or None,
        overwrite=flag_of(body, "overwrite") or False,
        empty=flag_of(body, "emptyBranch") or False,
    )
    return HttpResponse(status=200)


@hf_view(methods=("DELETE",))
@in_repository(Need.WRITE)
def delete_branch(
    _request: HttpRequest, actor: Actor, repository: Repository, /, *, branch: str
) -> HttpResponseBase:
    references.delete_branch(actor, repository, branch)
    return HttpResponse(status=200)


@hf_view(methods=("POST",))
@in_repository(Need.WRITE)
def create_tag(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, revision: str
) -> HttpResponseBase:
    body = json_body(request)
    message = text_of(body, "message", "")
    # Clients are told of a missing revision before they are told of a bad name.
    selectors.resolve(repository, revision)
    references.create_tag(actor, repository, revision, text_of(body, "tag"), message)
    return HttpResponse(status=200)


@hf_view(methods=("DELETE",))
@in_repository(Need.WRITE)
def delete_tag(
    _request: HttpRequest, actor: Actor, repository: Repository, /, *, revision: str
) -> HttpResponseBase:
    references.delete_tag(actor, repository, revision)
    return HttpResponse(status=200)


branch = by_method(POST=create_branch, DELETE=delete_branch)
tag = by_method(POST=create_tag, DELETE=delete_tag)


@hf_view
@in_repository()
def refs(request: HttpRequest, _actor: Actor, repository: Repository, /) -> HttpResponseBase:
    found = selectors.refs(repository)
    answer: dict[str, list[dict[str, str | bool]]] = {
        "branches": [
            ref_json(ref) | {"protected": is_protected(ref.name, repository.protected_branches)}
            for ref in found.branches
        ],
        "converts": [ref_json(ref) for ref in found.converts],
        "tags": [ref_json(ref) for ref in found.tags],
    }
    if query_flag(request, "include_prs"):
        answer["pullRequests"] = [ref_json(ref) for ref in found.pull_requests]
    return JsonResponse(answer)


def ref_json(ref: Ref) -> dict[str, str | bool]:
    return {"name": ref.name, "ref": ref.full_name, "targetCommit": ref.commit}
