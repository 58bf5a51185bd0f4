"""Reading what git sends, however it is wrapped."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from django.http import HttpRequest

from hub.core.errors import InvalidInput

BLOCK = 64 * 1024
GZIP_WINDOW = 31


def body_of(request: HttpRequest) -> Iterator[bytes]:
    """The body in blocks, unpacked.

    Git sends bodies over 1 MiB chunked, without a length, and Django reads none of those: so the
    server's own stream is read.
    """
    raw = raw_body(request)
    if request.headers.get("Content-Encoding", "").lower() in {"gzip", "x-gzip"}:
        return unpacked(raw)
    return raw


def raw_body(request: HttpRequest) -> Iterator[bytes]:
    stream = request.environ["wsgi.input"]  # type: ignore[attr-defined]
    length = request.headers.get("Content-Length", "")
    chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    left = int(length) if length.isdigit() and not chunked else None
    while left is None or left > 0:
        block = stream.read(BLOCK if left is None else min(BLOCK, left))
        if not block:
            return
        left = None if left is None else left - len(block)
        yield block


def unpacked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """A small gzip body may unpack to gigabytes, so each step gives at most one block."""
    unpack = zlib.decompressobj(GZIP_WINDOW)
    try:
        for block in blocks:
            rest = block
            while rest:
                yield unpack.decompress(rest, BLOCK)
                rest = unpack.unconsumed_tail
        yield unpack.flush()
    except zlib.error:
        raise InvalidInput("The body is said to be gzip, but is not.") from None
