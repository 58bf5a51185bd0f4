"""Clone, fetch and push by git's smart HTTP protocol."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import IO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from hub.accounts.actors import ANONYMOUS, Actor
from hub.accounts.requests import actor_of
from hub.core.errors import (
    Busy,
    HubError,
    InvalidCredentials,
    PermissionRefused,
    RepositoryMoved,
    RepositoryNotFound,
    header_text,
)
from models_app.commits import pushes
from models_app.discussions import pull_requests
from models_app.git_http.bodies import body_of
from models_app.repositories import fetching
from models_app.repositories.access import Need, get_repository_for
from models_app.repositories.models import Repository, RepositoryType

NEEDS = {"upload-pack": Need.CONTENT, "receive-pack": Need.CONTRIBUTE}
PROTOCOL = re.compile(r"[A-Za-z0-9=:._-]{0,200}")
BLOCK = 64 * 1024
View = Callable[..., HttpResponseBase]


def answers_git(view: View) -> View:
    """Errors as git shows them: plain text; 401 with a challenge makes it ask for a token."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: str) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except RepositoryMoved as moved:
            response = redirect(request, moved.new_id, kwargs)
        except HubError as error:
            response = refusal(request, error)
        response.headers["Cache-Control"] = "no-cache, max-age=0, must-revalidate"
        return response

    return wrapped


def refusal(request: HttpRequest, error: HubError) -> HttpResponse:
    response = HttpResponse(
        f"{error.message}\n", status=error.status, content_type="text/plain; charset=utf-8"
    )
    # For those who look at answers rather than at git: the same marks as on every other route.
    if error.code:
        response.headers["X-Error-Code"] = error.code
    response.headers["X-Error-Message"] = header_text(error.message)
    unknown = isinstance(error, InvalidCredentials) or (
        isinstance(error, RepositoryNotFound | PermissionRefused) and not git_actor(request).is_authenticated
    )
    if unknown:
        response.status_code = 401
        response.headers["WWW-Authenticate"] = 'Basic realm="Access token as password", charset="UTF-8"'
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def redirect(request: HttpRequest, new_id: str, kwargs: dict[str, str]) -> HttpResponse:
    type_ = type_of(kwargs.get("prefix"))
    query = request.META.get("QUERY_STRING", "")
    place = f"{type_.url_prefix}/{new_id}.git/{kwargs['service']}" + (f"?{query}" if query else "")
    return HttpResponse(status=307, headers={"Location": place})


def type_of(prefix: str | None) -> RepositoryType:
    return RepositoryType.DATASET if prefix == "datasets/" else RepositoryType.MODEL


def repository_of(request: HttpRequest, kwargs: dict[str, str], service: str) -> Repository:
    full_id = f"{kwargs['namespace']}/{kwargs['name']}"
    return get_repository_for(git_actor(request), type_of(kwargs.get("prefix")), full_id, NEEDS[service])


def git_actor(request: HttpRequest) -> Actor:
    """Git sends tokens. A browser's session counts for nothing here, so no foreign page can push by it."""
    return actor_of(request) if "Authorization" in request.headers else ANONYMOUS


def protocol_of(request: HttpRequest) -> str:
    """`version=2` and the like; it becomes an environment variable of git."""
    asked = request.headers.get("Git-Protocol", "")
    return asked if PROTOCOL.fullmatch(asked) else ""


@answers_git
@require_GET
def info_refs(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
    service = request.GET.get("service", "").removeprefix("git-")
    if service not in NEEDS:
        raise PermissionRefused("Use a git client that speaks the smart HTTP protocol.")
    repository = repository_of(request, kwargs, service)
    if service == "receive-pack":
        pull_requests.push_rights(git_actor(request), repository)
    return HttpResponse(
        fetching.advertise(repository, service, protocol_of(request)),
        content_type=f"application/x-git-{service}-advertisement",
    )


@csrf_exempt
@answers_git
@require_POST
def upload_pack(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
    repository = repository_of(request, kwargs, "upload-pack")
    blocks = fetching.upload_pack(repository, body_of(request), protocol_of(request))
    return StreamingHttpResponse(blocks, content_type="application/x-git-upload-pack-result")


@csrf_exempt
@answers_git
@require_POST
def receive_pack(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
    repository = repository_of(request, kwargs, "receive-pack")
    actor = git_actor(request)
    rights = pull_requests.push_rights(actor, repository)
    received = pushes.receive(actor, repository, body_of(request), protocol_of(request), rights)
    pull_requests.note_pushes(actor, repository, received.refs)
    return StreamingHttpResponse(
        blocks_of(received.answer), content_type="application/x-git-receive-pack-result"
    )


def blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block
