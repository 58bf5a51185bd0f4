"""Request bodies as streams of blocks, whatever way they were sent."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest

from hub.core.errors import InvalidInput, TooLarge

BLOCK = 256 << 10


def stream(request: HttpRequest, *, limit: int, block: int = BLOCK) -> Iterator[bytes]:
    """The body in blocks of at most `block` bytes, never more than `limit` bytes in all.

    Reads the server's input directly: Django's own stream is empty for `Transfer-Encoding: chunked`,
    which git and streaming clients send. Raises TooLarge, and InvalidInput when the client stops early.
    """
    if hasattr(request, "_body"):  # Django or a middleware has read it already
        yield from checked([request.body], limit)
        return
    length = declared_length(request)
    if length is not None and length > limit:
        raise too_large(limit)
    source = request.META["wsgi.input"]
    if length is None and not is_chunked(request):
        return
    if length is None:
        yield from checked(iter(lambda: source.read(block), b""), limit)
        return
    left = length
    while left:
        data = source.read(min(block, left))
        if not data:
            raise InvalidInput(f"The request body ended {left} bytes early.")
        left -= len(data)
        yield data


def declared_length(request: HttpRequest) -> int | None:
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdecimal() else None


def is_chunked(request: HttpRequest) -> bool:
    return "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()


def was_left_unread(request: HttpRequest) -> bool:
    """Whether a body came that nobody read. What `stream` reads counts as unread: it reads past Django."""
    came = bool(declared_length(request)) or is_chunked(request)
    return came and not (hasattr(request, "_body") or getattr(request, "_read_started", False))


def read(request: HttpRequest, *, limit: int) -> bytes:
    """A small body, whole."""
    return b"".join(stream(request, limit=limit))


def checked(blocks: Iterator[bytes] | list[bytes], limit: int) -> Iterator[bytes]:
    total = 0
    for data in blocks:
        total += len(data)
        if total > limit:
            raise too_large(limit)
        yield data


def too_large(limit: int) -> TooLarge:
    return TooLarge(f"The request body is larger than the {limit} bytes allowed here.")
