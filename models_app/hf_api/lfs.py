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
from hub.core import body, signing, transfers
from hub.core.errors import InvalidInput, NotFound, TooLarge
from models_app.content import selectors as content_selectors
from models_app.content import services as content
from models_app.content.models import LfsObject
from models_app.hf_api import lfs_parts, xet
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
# What to do with one object, from its repository, sha256 and size.
Action = Callable[[HttpRequest, Repository, str, int], dict[str, Any]]
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
        if response.headers.get("X-Error-Message") and isinstance(response, HttpResponse):
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
    if order.get("operation") not in ("upload", "download"):
        raise InvalidInput("`operation` must be upload or download.")
    if str(order.get("hash_algo", "sha256")).replace("_", "") != "sha256":
        raise InvalidInput("Objects are named by their sha256 here.")
    if order["operation"] == "upload":
        # Clients name no branch when they upload for a pull request.
        require_upload(actor, repository, for_pull_request=is_for_pull_request(order.get("ref")))
        return upload_batch(request, actor, repository, order)
    access.require(actor, repository, Need.CONTENT)
    answers = download_answers(request, repository, order.get("objects"))
    return JsonResponse({"transfer": "basic", "hash_algo": "sha256", "objects": answers})


def upload_batch(
    request: HttpRequest, actor: Actor, repository: Repository, order: dict[str, Any]
) -> HttpResponseBase:
    """The best way that the client knows: chunks, parts of large files, or each file whole."""
    asked, transfers = asked_objects(order.get("objects")), order.get("transfers")
    transfer = "basic"
    action_of: Action = whole_action
    if isinstance(transfers, list) and "xet" in transfers:
        transfer, action_of = "xet", xet_action(request, actor, repository, order.get("ref"))
    elif lfs_parts.is_wanted(transfers, [item.size for item in asked]):
        transfer, action_of = "multipart", lfs_parts.action
    answers = upload_answers(request, actor, repository, asked, action_of)
    return JsonResponse({"transfer": transfer, "hash_algo": "sha256", "objects": answers})


def xet_action(request: HttpRequest, actor: Actor, repository: Repository, ref: Any) -> Action:
    """All objects of a batch go to the same content store with the same token."""
    name = str(ref.get("name", "")) if isinstance(ref, dict) else ""
    action = xet.write_action(request, actor, repository, name.removeprefix("refs/heads/"))
    return lambda *_object: action


def is_for_pull_request(ref: Any) -> bool:
    """Git names the reference that it pushes; other clients none, or the one they commit to."""
    return not ref or (isinstance(ref, dict) and str(ref.get("name", "")).startswith("refs/pr/"))


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
    request: HttpRequest, actor: Actor, repository: Repository, asked: list[AskedObject], action_of: Action
) -> list[dict[str, Any]]:
    """An object is there already only for those who could read it: others have to send its bytes."""
    present = large_files.link_readable(actor, repository, {item.oid for item in asked})
    return [upload_answer(request, repository, item, present.get(item.oid), action_of) for item in asked]


def upload_answer(
    request: HttpRequest,
    repository: Repository,
    item: AskedObject,
    present: LfsObject | None,
    action_of: Action,
) -> dict[str, Any]:
    if present:
        if present.size != item.size:
            return refused(item, 422, f"The object has {present.size} bytes.")
        return {"oid": item.oid, "size": item.size}
    if item.size > settings.MAX_LFS_FILE_BYTES:
        return refused(item, 422, f"A file may hold at most {settings.MAX_LFS_FILE_BYTES} bytes.")
    # An empty file has no parts.
    upload_action = action_of if item.size else whole_action
    actions = {
        "upload": upload_action(request, repository, item.oid, item.size),
        "verify": action(request, "verify", repository, item.oid, item.size),
    }
    return {"oid": item.oid, "size": item.size, "authenticated": True, "actions": actions}


def whole_action(request: HttpRequest, repository: Repository, oid: str, size: int) -> dict[str, Any]:
    return action(request, "upload", repository, oid, size)


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


# --- The signed addresses -------------------------------------------------------------------------


@hf_view(methods=("PUT",))
def upload(request: HttpRequest, _actor: Actor, /, *, signed: str) -> HttpResponseBase:
    """Receive the bytes; the right to read them is linked only when their sha256 is proven."""
    payload = signing.unsign(signed, purpose="lfs.upload")
    stream = body.stream(request, limit=payload["size"])
    with transfers.receiving(body.declared_length(request)):
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
