"""The content-addressed side of Xet: shards come in, plans and chunk bytes go out; `xorbs` has the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator
from functools import partial, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page

from hub.accounts.actors import ANONYMOUS
from hub.core import body, byte_ranges, front_server, full_storage, signing, transfers
from hub.core.database import release_connection
from hub.core.errors import HubError, InvalidInput, NotFound, RangeNotSatisfiable, TooLarge
from models_app.content import dedup, editing, plans, selectors, services
from models_app.content.models import LfsObject, XetFile
from models_app.content.services import Progress
from models_app.hf_api.http import absolute, error_response, json_value, method_not_allowed
from models_app.hf_api.streaming import BINARY
from models_app.hf_api.xet import access_of, reader
from models_app.repositories import known_content, large_files
from models_app.repositories.xet_access import Scope, XetAccess, cas_path

MAX_SHARD_BODY = 64 << 20
MAX_PLANS = 100
BYTES_PURPOSE = "xet.bytes"
BYTES_LIFE_SECONDS = 900
SHOW_PROGRESS_EVERY = 64 << 20
DIRTY = re.compile(r"bytes=\d{1,15}-\d{1,15}(,\s*\d{1,15}-\d{1,15})*", re.ASCII)
SPAN = re.compile(r"(\d+)-(\d+)", re.ASCII)
MAX_DIRTY = 1000


CasView = Callable[..., HttpResponseBase]


def cas_view(least: Scope, method: str) -> Callable[[CasView], Callable[..., HttpResponseBase]]:
    """A route under the CAS address: the token's access comes in, errors go out as the protocol's."""

    def decorate(view: CasView) -> Callable[..., HttpResponseBase]:
        @csrf_exempt
        @wraps(view)
        def outer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if request.method != method:
                return method_not_allowed([method])
            try:
                return view(request, access_of(request, least), **kwargs)
            except HubError as error:
                return error_response(request, error, ANONYMOUS, kwargs)
            except OSError as error:
                if full := full_storage.recognize(error):
                    return error_response(request, full, ANONYMOUS, kwargs)
                raise

        return outer

    return decorate


# --- Uploads --------------------------------------------------------------------------------------


@cas_view(Scope.WRITE, "POST")
def register_v1(request: HttpRequest, access: XetAccess, /) -> HttpResponseBase:
    files = services.register_shard(body.stream(request, limit=MAX_SHARD_BODY))
    link_files(access, files)
    return JsonResponse({"result": 1})


@cas_view(Scope.WRITE, "POST")
def register_v2(request: HttpRequest, access: XetAccess, /) -> HttpResponseBase:
    """What the shard itself shows to be wrong is a plain 400; then lines tell how far hashing is."""
    steps = services.registering(body.stream(request, limit=MAX_SHARD_BODY))
    first = next(steps)
    release_connection()
    return StreamingHttpResponse(progress_lines(access, first, steps), content_type="application/x-ndjson")


def progress_lines(
    access: XetAccess, first: Progress, steps: Generator[Progress, None, list[XetFile]]
) -> Iterator[bytes]:
    """Ends with exactly one `result` or `error`: clients take anything else for a failure."""
    yield line(validating(first))
    shown = 0
    try:
        while True:
            step = next(steps)
            if step.verified - shown >= SHOW_PROGRESS_EVERY:
                shown = step.verified
                yield line(validating(step))
    except StopIteration as done:
        link_files(access, done.value)
        yield line({"type": "result", "result": 1})
    except HubError as error:
        yield line({"type": "error", "message": error.message, "retryable": error.status >= 500})
    finally:
        release_connection()


def validating(step: Progress) -> dict[str, Any]:
    return {"type": "validating", "verified": step.verified, "total": step.total}


def line(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode() + b"\n"


def link_files(access: XetAccess, files: list[XetFile]) -> None:
    large_files.link_many(access.repository_id, {file.sha256 for file in files})


@cas_view(Scope.READ, "GET")
def duplicates(_request: HttpRequest, access: XetAccess, /, *, chunk: str) -> HttpResponseBase:
    """Xorbs that hold the chunk and what follows it, of files that the person may read."""
    found = dedup.answer(services.parse_hash(chunk), knowledge_of(access))
    if found is None:
        raise NotFound("The hub knows of no such chunk.")
    return HttpResponse(found, content_type=BINARY)


def knowledge_of(access: XetAccess) -> dedup.Known:
    """Of which large files the person behind the token may know that they are here."""
    return partial(known_content.known_to, reader(access), access.repository_id)


# --- Downloads ------------------------------------------------------------------------------------


@gzip_page
@cas_view(Scope.READ, "GET")
def plan_v2(request: HttpRequest, access: XetAccess, /, *, file: str) -> HttpResponseBase:
    plan = asked_plan(request, access, file)
    urls = {
        name: [
            {"url": bytes_url(request, name, part), "ranges": [{"chunks": chunks(part), "bytes": span(part)}]}
            for part in parts
        ]
        for name, parts in plan.ranges.items()
    }
    return JsonResponse({**plan_head(plan), "xorbs": urls})


@gzip_page
@cas_view(Scope.READ, "GET")
def plan_v1(request: HttpRequest, access: XetAccess, /, *, file: str) -> HttpResponseBase:
    plan = asked_plan(request, access, file)
    info = {name: fetch_info(request, name, parts) for name, parts in plan.ranges.items()}
    return JsonResponse({**plan_head(plan), "fetch_info": info})


def fetch_info(request: HttpRequest, xorb: str, parts: list[plans.ChunkRange]) -> list[dict[str, Any]]:
    return [
        {"range": chunks(part), "url": bytes_url(request, xorb, part), "url_range": span(part)}
        for part in parts
    ]


@csrf_exempt
def plans_v1(request: HttpRequest) -> HttpResponseBase:
    view = asked_plans_by_body if request.method == "POST" else asked_plans_by_query
    return view(request)


@gzip_page
@cas_view(Scope.READ, "GET")
def asked_plans_by_query(request: HttpRequest, access: XetAccess, /) -> HttpResponseBase:
    return several_plans(request, access, request.GET.getlist("file_id"))


@gzip_page
@cas_view(Scope.READ, "POST")
def asked_plans_by_body(request: HttpRequest, access: XetAccess, /) -> HttpResponseBase:
    asked = json_value(request)
    keys = asked if isinstance(asked, list) else []
    files = [key["hash"] for key in keys if isinstance(key, dict) and isinstance(key.get("hash"), str)]
    if len(files) != len(keys) or not files:
        raise InvalidInput("A list of objects with a `hash` is needed.")
    return several_plans(request, access, files)


def several_plans(request: HttpRequest, access: XetAccess, files: list[str]) -> HttpResponseBase:
    """Plans of whole files in one answer, where each byte range of a xorb stands once."""
    if len(files) > MAX_PLANS:
        raise TooLarge(f"Ask for at most {MAX_PLANS} files at a time.")
    made = {file: whole_plan(access, file) for file in files}
    ranges: dict[str, list[plans.ChunkRange]] = {}
    for plan in made.values():
        for name, parts in plan.ranges.items():
            ranges.setdefault(name, []).extend(parts)
    info = {name: fetch_info(request, name, plans.merged(parts)) for name, parts in ranges.items()}
    return JsonResponse(
        {"files": {file: plan_head(plan)["terms"] for file, plan in made.items()}, "fetch_info": info}
    )


def whole_plan(access: XetAccess, file: str) -> plans.Plan:
    found = linked_file(access, file)
    return plans.plan(selectors.terms_of(found), 0, found.size) if found.size else plans.Plan(0, [], {})


@cas_view(Scope.READ, "HEAD")
def describe_file(_request: HttpRequest, access: XetAccess, /, *, file: str) -> HttpResponseBase:
    return HttpResponse(headers={"Content-Length": str(linked_file(access, file).size)})


def asked_plan(request: HttpRequest, access: XetAccess, file: str) -> plans.Plan:
    """Only for files of the token's repository: file ids are no secrets."""
    found = linked_file(access, file)
    header = request.headers.get("Range")
    if found.size == 0:
        raise RangeNotSatisfiable(0)
    asked = byte_ranges.parse(header, found.size) or byte_ranges.ByteRange(0, found.size)
    return plans.plan(selectors.terms_of(found), asked.start, asked.end)


@gzip_page
@cas_view(Scope.READ, "GET")
def plan_edit(request: HttpRequest, access: XetAccess, /, *, file: str) -> HttpResponseBase:
    """What a client needs to change some ranges of a file without having the rest of it."""
    found = linked_file(access, file)
    asked = editing.edit(selectors.terms_of(found), dirty_ranges(request, found.size))
    return JsonResponse(
        {
            "totalChunks": asked.chunks,
            "fileSize": found.size,
            "windows": [{"dirtyByteRange": list(window)} for window in asked.windows],
            "hashRanges": [gap.as_json() if gap else None for gap in asked.gaps],
            "gapVerification": asked.proofs,
        }
    )


def dirty_ranges(request: HttpRequest, size: int) -> list[tuple[int, int]]:
    """Of the header `X-Range-Dirty: bytes=0-99,200-299`, cut to the file, sorted and joined.

    Raises InvalidInput where none is left.
    """
    header = request.headers.get("X-Range-Dirty", "")
    if not DIRTY.fullmatch(header) or header.count(",") >= MAX_DIRTY:
        raise InvalidInput(
            f"`X-Range-Dirty` must name 1 to {MAX_DIRTY} ranges, such as `bytes=0-99,200-299`."
        )
    ranges: list[tuple[int, int]] = []
    for first, last in sorted((int(first), int(last)) for first, last in SPAN.findall(header)):
        start, end = first, min(last + 1, size)
        if start < end:
            if ranges and start <= ranges[-1][1]:
                start, end = ranges[-1][0], max(end, ranges[-1][1])
                ranges.pop()
            ranges.append((start, end))
    if not ranges:
        raise InvalidInput("No range of `X-Range-Dirty` lies in the file.")
    return ranges


def linked_file(access: XetAccess, file: str) -> LfsObject:
    found = large_files.object_by_file_id(access.repository_id, file)
    if found is None:
        raise NotFound("There is no such file in this repository.")
    return found


def plan_head(plan: plans.Plan) -> dict[str, Any]:
    return {
        "offset_into_first_range": plan.offset,
        "terms": [
            {"hash": term.xorb, "unpacked_length": term.raw, "range": {"start": term.first, "end": term.end}}
            for term in plan.terms
        ],
    }


def chunks(part: plans.ChunkRange) -> dict[str, int]:
    return {"start": part.first, "end": part.end}


def span(part: plans.ChunkRange) -> dict[str, int]:
    """Byte ranges of the protocol include their last byte; chunk ranges do not."""
    return {"start": part.start_byte, "end": part.end_byte - 1}


def bytes_url(request: HttpRequest, xorb: str, part: plans.ChunkRange) -> str:
    """Grants exactly these bytes of the xorb, for a quarter of an hour, to whoever holds it."""
    payload = {"xorb": xorb, "bytes": [part.start_byte, part.end_byte]}
    signed = signing.sign(payload, purpose=BYTES_PURPOSE, lifetime=BYTES_LIFE_SECONDS)
    return absolute(request, f"{cas_path()}/bytes/{signed}")


def xorb_bytes(request: HttpRequest, *, signed: str) -> HttpResponseBase:
    """The bytes behind a signed address; the client asks for them by the range it was told."""
    try:
        payload = signing.unsign(signed, purpose=BYTES_PURPOSE)
        start, end = payload["bytes"]
        size = selectors.xorb_size(payload["xorb"])
        if size is None:
            raise NotFound("There is no such xorb.")
        header = request.headers.get("Range", "")
        asked = byte_ranges.parse(header, size) or byte_ranges.ByteRange(start, end)
        if asked.start < start or asked.end > end:
            raise signing.SignatureRefused("This address grants other bytes.")
        # The front server reads the header again: only one that cannot mean anything else to it.
        is_plain = header == f"bytes={asked.start}-{asked.end - 1}"
        if is_plain and (address := front_server.address_of(selectors.xorb_path(payload["xorb"]))):
            return HttpResponse(headers={front_server.HEADER: address, "Content-Type": BINARY})
        blocks = selectors.read_xorb(payload["xorb"], asked.start, asked.end)
        blocks = transfers.sending(blocks, asked.length)
    except HubError as error:
        return error_response(request, error, ANONYMOUS)
    release_connection()
    headers = {
        "Content-Length": str(asked.length),
        "Content-Range": asked.content_range(size),
        "Content-Type": BINARY,
    }
    return StreamingHttpResponse(blocks, status=206, headers=headers)


# --- What the hub leaves out ----------------------------------------------------------------------


@csrf_exempt
def not_offered(request: HttpRequest) -> HttpResponseBase:
    """Clients take 404 for "not here" and go on without."""
    return error_response(request, NotFound("The hub does not offer this."), ANONYMOUS)


@csrf_exempt
def telemetry(_request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(status=204)
