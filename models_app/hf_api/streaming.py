"""Repository bytes as HTTP: ranges, conditions, exact lengths, and nothing that a browser would run."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from hub.core import byte_ranges, front_server, transfers
from hub.core.byte_ranges import ByteRange
from hub.core.database import release_connection
from models_app.repositories.types import Content

# What people put into repositories is theirs, so no page or script of it may run in the hub's name.
INERT = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PLAIN_TEXT = "text/plain; charset=utf-8"
BINARY = "application/octet-stream"
SHOWN_AS_THEY_ARE = ("image/", "audio/", "video/")
OTHER_SHOWN = {"application/json", "application/pdf"}
# The machine's own table is left out, so that every installation answers alike.
TYPES = mimetypes.MimeTypes(filenames=())
OF_THE_BODY = {"Content-Length", "Content-Range", "Accept-Ranges"}
TEXT_SUFFIXES = {
    "cfg",
    "gitattributes",
    "gitignore",
    "ini",
    "jsonl",
    "lock",
    "md",
    "rs",
    "toml",
    "ts",
    "yaml",
    "yml",
}
TEXT_TYPES = {"application/javascript", "application/xml", "application/xhtml+xml", "application/x-sh"}


def content_type(filename: str) -> str:
    """A type that is safe to hand out: markup and scripts become plain text."""
    suffix = filename.rpartition(".")[2].lower()
    guessed, encoding = TYPES.guess_type(filename)
    if suffix in TEXT_SUFFIXES:
        return PLAIN_TEXT
    if guessed is None or encoding is not None:
        return BINARY
    if guessed.startswith("text/") or guessed in TEXT_TYPES:
        return PLAIN_TEXT
    if guessed.startswith(SHOWN_AS_THEY_ARE) or guessed in OTHER_SHOWN:
        return guessed
    return BINARY


def disposition(filename: str, *, attachment: bool) -> str:
    kind = "attachment" if attachment else "inline"
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in filename)
    return f"{kind}; filename*=UTF-8''{quote(filename, safe='')}; filename=\"{plain}\";"


def file_response(
    request: HttpRequest, content: Content, filename: str, headers: Mapping[str, str]
) -> HttpResponseBase:
    """The file, or the part of it that was asked for; HEAD gets the same headers and no bytes.

    The bytes come from another origin (302) where the store has one; HEAD never redirects, since
    clients then take the headers of the last answer. Raises RangeNotSatisfiable, Busy.
    """
    etag = f'"{content.etag}"'
    common = {"ETag": etag, "Accept-Ranges": "bytes", **INERT, **headers}
    if etag in etags(request.headers.get("If-None-Match", "")):
        return HttpResponse(status=304, headers=common)
    if request.method == "GET" and (url := content.redirect_url(filename)):
        return HttpResponse(status=302, headers={**common, "Location": url})
    part = asked_range(request, content.size, etag)
    common["Content-Type"] = content_type(filename)
    common["Content-Disposition"] = disposition(filename, attachment="download" in request.GET)
    return body_response(request, content, part, common)


def asked_range(request: HttpRequest, size: int, etag: str) -> ByteRange | None:
    """None for the whole file, also when the client's copy is of another version (`If-Range`)."""
    if request.headers.get("If-Range", etag) != etag:
        return None
    return byte_ranges.parse(request.headers.get("Range"), size)


def body_response(
    request: HttpRequest, content: Content, part: ByteRange | None, headers: dict[str, str]
) -> HttpResponseBase:
    span = part or ByteRange(0, content.size)
    status = 206 if part else 200
    headers["Content-Length"] = str(span.length)
    if part:
        headers["Content-Range"] = part.content_range(content.size)
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    if sent_by_front := handed_over(request, content.local_path, headers):
        return sent_by_front
    blocks = transfers.sending(content.read(span.start, span.end), span.length)
    # A slow client may take minutes; the connection belongs to others meanwhile.
    release_connection()
    return StreamingHttpResponse(blocks, status=status, headers=headers)


def handed_over(
    request: HttpRequest, local_path: str | None, headers: Mapping[str, str]
) -> HttpResponse | None:
    """The order to the front server to send this file, where there is one that can.

    It reads `Range` itself, and has no ETag of ours to compare `If-Range` with: those we answer.
    """
    address = front_server.address_of(local_path)
    if address is None or "If-Range" in request.headers:
        return None
    own = {name: value for name, value in headers.items() if name not in OF_THE_BODY}
    return HttpResponse(headers={**own, front_server.HEADER: address})


def etags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
