"""Request bodies as streams."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.test import RequestFactory

from hub.core import body
from hub.core.errors import InvalidInput, TooLarge


def request(data: bytes, **headers: str) -> Any:
    made = RequestFactory().put("/", b"")
    made.META.pop("CONTENT_LENGTH", None)
    made.META.update(headers)
    made.META["wsgi.input"] = BytesIO(data)
    return made


def test_it_reads_as_much_as_was_announced() -> None:
    made = request(b"12345 and the next request", CONTENT_LENGTH="5")
    assert list(body.stream(made, limit=10, block=2)) == [b"12", b"34", b"5"]


def test_it_reads_chunks_to_their_end() -> None:
    made = request(b"12345", HTTP_TRANSFER_ENCODING="chunked")
    assert b"".join(body.stream(made, limit=5, block=2)) == b"12345"


def test_it_stops_at_the_limit() -> None:
    with pytest.raises(TooLarge):
        body.read(request(b"", CONTENT_LENGTH="11"), limit=10)
    with pytest.raises(TooLarge):
        body.read(request(b"x" * 11, HTTP_TRANSFER_ENCODING="chunked"), limit=10)


def test_it_tells_when_the_client_stopped_early() -> None:
    with pytest.raises(InvalidInput, match="2 bytes early"):
        body.read(request(b"123", CONTENT_LENGTH="5"), limit=10)


def test_no_body_is_empty() -> None:
    assert body.read(request(b"ignored"), limit=10) == b""
