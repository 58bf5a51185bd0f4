"""Where and with what right a client speaks Xet: short-lived tokens, bound to one repository."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import ANONYMOUS, Actor
from hub.accounts.models import TokenScope
from hub.accounts.selectors import reader_of
from hub.core import signing
from hub.core.errors import InvalidInput, RevisionNotFound, Unauthenticated
from models_app.hf_api.addressing import in_repository, split_revision
from models_app.hf_api.http import absolute, hf_view, json_body, query_flag, text_of
from models_app.repositories import large_files
from models_app.repositories.access import Need, get_repository_for, require
from models_app.repositories.models import Repository, RepositoryType
from models_app.repositories.xet_access import (
    TOKEN_LIFE_SECONDS,
    Scope,
    XetAccess,
    cas_path,
    read_access,
    sign_access,
)

MAX_COPIES = 1000


def access_of(request: HttpRequest, least: Scope) -> XetAccess:
    """Raises Unauthenticated for a token that is not good (clients fetch another), SignatureRefused."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise Unauthenticated
    try:
        access = read_access(token.strip())
    except signing.SignatureRefused as error:
        raise Unauthenticated(error.message) from None
    if access.scope < least:
        raise signing.SignatureRefused("This token only reads.")
    return access


@hf_view
@in_repository()
def token(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, scope: str, revision: str
) -> HttpResponseBase:
    for_pull_request = scope == "write" and (
        revision == "None" or revision.startswith("refs/pr/") or query_flag(request, "create_pr")
    )
    # A token that writes reads as well.
    require(actor, repository, Need.CONTENT)
    if scope == "write":
        require_upload(actor, repository, for_pull_request=for_pull_request)
    if not for_pull_request:
        resolve_exactly(repository, revision)
    access = access_for(actor, repository, Scope[scope.upper()])
    return token_response(request, *sign_access(access, revision))


def access_for(actor: Actor, repository: Repository, scope: Scope) -> XetAccess:
    is_narrow = actor.token is not None and actor.token.scope == TokenScope.FINE_GRAINED
    return XetAccess(repository.pk, scope, actor.user.pk if actor.user else None, is_narrow)


def reader(access: XetAccess) -> Actor:
    """The person behind the token, with what they may read beside its repository."""
    return ANONYMOUS if access.only_this else reader_of(access.user_id)


def require_upload(actor: Actor, repository: Repository, *, for_pull_request: bool) -> None:
    """For a pull request, everyone who may contribute: what they upload reaches no branch by itself."""
    if not actor.is_authenticated:
        raise Unauthenticated
    require(actor, repository, Need.CONTRIBUTE if for_pull_request else Need.WRITE)


def resolve_exactly(repository: Repository, revision: str) -> None:
    _, rest = split_revision(repository, revision)
    if rest:
        raise RevisionNotFound(revision)


def write_action(request: HttpRequest, actor: Actor, repository: Repository, ref: str) -> dict[str, Any]:
    """What the LFS batch says to clients that send by Xet: where, with which token, and where to fetch
    the next one. Clients that name no reference prepare a pull request."""
    token, expires = sign_access(access_for(actor, repository, Scope.WRITE), ref)
    place = f"/api/{repository.type_.plural}/{repository.full_id}"
    header = {**token_headers(request, token, expires), "X-Xet-Session-Id": uuid.uuid4().hex}
    return {
        "href": absolute(request, f"{place}/xet-write-token/{quote(ref or 'None', safe='')}"),
        "header": header,
        "expires_in": TOKEN_LIFE_SECONDS,
    }


def token_headers(request: HttpRequest, token: str, expires: int) -> dict[str, str]:
    return {
        "X-Xet-Cas-Url": absolute(request, cas_path()),
        "X-Xet-Access-Token": token,
        "X-Xet-Token-Expiration": str(expires),
    }


def token_response(request: HttpRequest, token: str, expires: int) -> JsonResponse:
    """The same facts twice: some clients read the body, some the headers."""
    cas_url = absolute(request, cas_path())
    facts = {"casUrl": cas_url, "accessToken": token, "exp": expires}
    return JsonResponse(facts, headers=token_headers(request, token, expires))


@hf_view(methods=("POST",))
@in_repository(Need.CONTENT)
def duplicate(request: HttpRequest, actor: Actor, source: Repository, /) -> HttpResponseBase:
    """Let another repository name large files of this one, without sending them again."""
    body = json_body(request)
    target, files = body.get("target"), body.get("files")
    if not isinstance(target, dict) or not isinstance(files, list) or len(files) > MAX_COPIES:
        raise InvalidInput(f"`target` and at most {MAX_COPIES} `files` are needed.")
    target_type = text_of(target, "type", "model")
    if target_type not in RepositoryType.values:
        raise InvalidInput(f"There are no repositories of the type {target_type!r}.")
    destination = get_repository_for(actor, target_type, text_of(target, "name"), Need.WRITE)
    wanted = {text_of(file, "sha256") for file in files if isinstance(file, dict)}
    missing = large_files.copy_links(source, destination, wanted)
    return JsonResponse({"failed": [{"sha256": sha, "error": "Not found"} for sha in sorted(missing)]})
