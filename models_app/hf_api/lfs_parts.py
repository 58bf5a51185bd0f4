"""LFS uploads in parts: what the batch says about them, and their signed addresses."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.core import body, signing, transfers
from models_app.content import parts
from models_app.hf_api.http import absolute, hf_view
from models_app.repositories import large_files
from models_app.repositories.models import Repository

PURPOSE = "lfs.part"


def is_wanted(transfers: object, sizes: list[int]) -> bool:
    """When the client knows parts and one of the files is large enough to need them."""
    offered = isinstance(transfers, list) and "multipart" in transfers
    return offered and any(size >= settings.LFS_MULTIPART_BYTES for size in sizes)


def action(request: HttpRequest, repository: Repository, oid: str, size: int) -> dict[str, Any]:
    """Addresses of the parts as headers `00001`, `00002`, …, as clients expect them."""
    cut = parts.cut(size)
    header = {"chunk_size": str(cut.part_bytes)}
    for number in range(1, cut.count + 1):
        header[f"{number:05}"] = address(request, repository, cut, oid, number)
    return {
        "href": address(request, repository, cut, oid, 0),
        "header": header,
        "expires_in": large_files.URL_LIFE_SECONDS,
    }


def address(request: HttpRequest, repository: Repository, cut: parts.Parts, sha256: str, number: int) -> str:
    """Of one part; number 0 is where the client says that all have arrived."""
    payload = {
        "repository": repository.pk,
        "sha256": sha256,
        "cut": [cut.place, cut.size, cut.part_bytes],
        "part": number,
    }
    signed = signing.sign(payload, purpose=PURPOSE, lifetime=large_files.URL_LIFE_SECONDS)
    return absolute(request, f"/lfs/{'part' if number else 'parts'}/{signed}")


def opened(signed: str, *, is_part: bool) -> tuple[dict[str, Any], parts.Parts]:
    payload = signing.unsign(signed, purpose=PURPOSE)
    if bool(payload["part"]) != is_part:
        raise signing.SignatureRefused
    return payload, parts.Parts(*payload["cut"])


@hf_view(methods=("PUT",))
def receive(request: HttpRequest, _actor: Actor, /, *, signed: str) -> HttpResponseBase:
    payload, cut = opened(signed, is_part=True)
    number = payload["part"]
    with transfers.receiving(body.declared_length(request)):
        parts.receive(cut, number, body.stream(request, limit=cut.length(number)))
    # Clients insist on one; the whole file's checksum is what counts.
    return HttpResponse(status=200, headers={"ETag": f'"{cut.name(number)}"'})


@hf_view(methods=("POST",))
def complete(_request: HttpRequest, _actor: Actor, /, *, signed: str) -> HttpResponseBase:
    payload, cut = opened(signed, is_part=False)
    received = parts.complete(cut, payload["sha256"])
    large_files.link_many(payload["repository"], [received.sha256])
    return JsonResponse({})
