"""LFS: the batch that tells git-lfs and older clients where bytes go, and those addresses.

The addresses are signed and ask for no credentials, since clients send none to them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from hub.accounts.actors import Actor
from hub.core import body, signing
from hub.core.errors import InvalidInput, NotFound, TooLarge
from models_app.content import selectors as content_selectors
from models_app.content import services as content
from models_app.content.models import LfsObject
from models_app.hf_api.addressing import in_repository
from models_app.hf_api.http import HfView, absolute, hf_view, json_body
from models_app.hf_api.streaming import file_response
from models_app.hf_api.xet import require_upload
from models_app.repositories import access, large_files
from models_app.repositories.access import Need
from models_app.repositories.models import Repository
from models_app.repositories.types import Content

MEDIA_TYPE = "application/vnd.git-lfs+json"
MAX_OBJECTS = 1000
CHALLENGE = 'Basic realm="hub"'


def lfs_view(view: HfView) -> Callable[..., HttpResponseBase]:
    """A JSON route of LFS: its media type, its form of errors, and a challenge that git answers."""
    inner = hf_view(methods=("POST", "GET"))(view)

    @csrf_exempt
    @wraps(view)
    def outer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        response = inner(request, **kwargs)
        response.headers["Content-Type"] = MEDIA_TYPE
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = response.headers["LFS-Authenticate"] = CHALLENGE
        if response.status_code >= 400 and isinstance(response, HttpResponse):
            response.content = json.dumps({"message": response.headers.get("X-Error-Message", "")}).encode()
        return response

    return outer


@dataclass(frozen=True, slots=True)
class AskedObject:
    oid: str
    size: int


@lfs_view
@in_repository()
def batch(request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    order = json_body(request)
    if order.get("operation") not in {"upload", "download"}:
        raise InvalidInput("`operation` must be upload or download.")
    if str(order.get("hash_algo", "sha256")).replace("_", "") != "sha256":
        raise InvalidInput("Objects are named by their sha256 here.")
    if order["operation"] == "upload":
        # Clients name no branch when they upload for a pull request.
        require_upload(actor, repository, for_pull_request=not order.get("ref"))
        answers = upload_answers(request, actor, repository, order.get("objects"))
    else:
        access.require(actor, repository, Need.CONTENT)
        answers = download_answers(request, repository, order.get("objects"))
    return JsonResponse({"transfer": "basic", "hash_algo": "sha256", "objects": answers})


def asked_objects(raw: Any) -> list[AskedObject]:
    if not isinstance(raw, list):
        raise InvalidInput("`objects` must be a list.")
    if len(raw) > MAX_OBJECTS:
        raise TooLarge(f"Ask for at most {MAX_OBJECTS} objects at a time.")
    return [asked_object(item) for item in raw]


def asked_object(item: Any) -> AskedObject:
    oid, size = (item.get("oid"), item.get("size")) if isinstance(item, dict) else (None, None)
    if not isinstance(oid, str) or not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise InvalidInput("Each object has an `oid` and a `size`.")
    return AskedObject(content.check_sha256(oid), size)


def upload_answers(
    request: HttpRequest, actor: Actor, repository: Repository, raw: Any
) -> list[dict[str, Any]]:
    """An object is there already only for those who could read it: others have to send its bytes."""
    asked = asked_objects(raw)
    present = large_files.link_readable(actor, repository, {item.oid for item in asked})
    return [upload_answer(request, repository, item, present.get(item.oid)) for item in asked]


def upload_answer(
    request: HttpRequest, repository: Repository, item: AskedObject, present: LfsObject | None
) -> dict[str, Any]:
    if present:
        if present.size != item.size:
            return refused(item, 422, f"The object has {present.size} bytes.")
        return {"oid": item.oid, "size": item.size}
    if item.size > settings.MAX_LFS_FILE_BYTES:
        return refused(item, 422, f"A file may hold at most {settings.MAX_LFS_FILE_BYTES} bytes.")
    actions = {
        purpose: action(request, purpose, repository, item.oid, item.size) for purpose in ("upload", "verify")
    }
    return {"oid": item.oid, "size": item.size, "authenticated": True, "actions": actions}


def action(request: HttpRequest, purpose: str, repository: Repository, oid: str, size: int) -> dict[str, Any]:
    signed = large_files.sign_transfer(purpose, repository, oid, size)
    return {
        "href": absolute(request, f"/lfs/{purpose}/{signed}"),
        "header": {},
        "expires_in": large_files.URL_LIFE_SECONDS,
    }


def refused(item: AskedObject, code: int, message: str) -> dict[str, Any]:
    return {"oid": item.oid, "size": item.size, "error": {"code": code, "message": message}}


def download_answers(request: HttpRequest, repository: Repository, raw: Any) -> list[dict[str, Any]]:
    asked = asked_objects(raw)
    held = large_files.describe_linked(repository, {item.oid for item in asked})
    return [download_answer(request, repository, item, held.get(item.oid)) for item in asked]


def download_answer(
    request: HttpRequest, repository: Repository, item: AskedObject, held: LfsObject | None
) -> dict[str, Any]:
    if held is None:
        return refused(item, 404, "The repository does not hold this object.")
    where = action(request, "download", repository, held.sha256, held.size)
    if elsewhere := content_selectors.redirect_url(held, held.sha256):
        where = {"href": elsewhere, "expires_in": 3600}
    return {"oid": held.sha256, "size": held.size, "authenticated": True, "actions": {"download": where}}


@lfs_view
def locks(_request: HttpRequest, _actor: Actor, /, **_place: Any) -> HttpResponseBase:
    """git-lfs takes 404 for "this server has no locks" and goes on."""
    raise NotFound("The hub does not lock files.")


# --- The signed addresses -------------------------------------------------------------------------


@hf_view(methods=("PUT",))
def upload(request: HttpRequest, _actor: Actor, /, *, signed: str) -> HttpResponseBase:
    """Receive the bytes; the right to read them is linked only when their sha256 is proven."""
    payload = signing.unsign(signed, purpose="lfs.upload")
    stream = body.stream(request, limit=payload["size"])
    received = content.receive_blob(stream, payload["sha256"], payload["size"])
    large_files.link_many(payload["repository"], [received.sha256])
    return HttpResponse(status=200, headers={"ETag": f'"{received.sha256}"'})


@lfs_view
def verify(request: HttpRequest, _actor: Actor, /, *, signed: str) -> HttpResponseBase:
    payload = signing.unsign(signed, purpose="lfs.verify")
    given = json_body(request)
    held = large_files.object_of(payload["repository"], payload["sha256"])
    if held is None or (given.get("oid"), given.get("size")) != (held.sha256, held.size):
        raise NotFound("This object was not received.")
    return JsonResponse({})


@hf_view
def download(request: HttpRequest, _actor: Actor, /, *, signed: str) -> HttpResponseBase:
    payload = signing.unsign(signed, purpose="lfs.download")
    held = large_files.object_of(payload["repository"], payload["sha256"])
    if held is None:
        raise NotFound("The repository does not hold this object.")
    return file_response(request, as_content(held), held.sha256, {})


def as_content(held: LfsObject) -> Content:
    def read(start: int, end: int) -> Any:
        return content_selectors.read_range(held, start, end)

    def redirect_url(filename: str) -> str | None:
        return content_selectors.redirect_url(held, filename)

    return Content(held.size, held.sha256, is_large=True, read=read, redirect_url=redirect_url)
