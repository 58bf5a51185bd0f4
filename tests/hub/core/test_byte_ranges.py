"""The Range header."""

from __future__ import annotations

import pytest

from hub.core.byte_ranges import ByteRange, parse
from hub.core.errors import RangeNotSatisfiable


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=0-1000", 0, 100),
        ("bytes=99-", 99, 100),
        ("bytes=-1", 99, 100),
        ("bytes=-1000", 0, 100),
        ("Bytes = 5 - 6", 5, 7),
    ],
)
def test_a_range_is_half_open_and_cut_to_the_size(header: str, start: int, end: int) -> None:
    assert parse(header, 100) == ByteRange(start, end)


@pytest.mark.parametrize(
    "header", [None, "", "bytes=-", "bytes=5-3", "bytes=0-1,4-5", "items=0-5", "bytes=a-b"]
)
def test_what_makes_no_sense_is_ignored(header: str | None) -> None:
    assert parse(header, 100) is None


@pytest.mark.parametrize(("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0)])
def test_a_range_without_a_byte_cannot_be_satisfied(header: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable):
        parse(header, size)


def test_it_writes_the_answers_header() -> None:
    assert ByteRange(5, 10).content_range(100) == "bytes 5-9/100"
