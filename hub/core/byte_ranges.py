"""The `Range` header: one range of bytes, as every client of the hub asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hub.core.errors import RangeNotSatisfiable

SINGLE = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Half-open: `end` is the first byte that is not part of it."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start

    def content_range(self, size: int) -> str:
        return f"bytes {self.start}-{self.end - 1}/{size}"


def parse(header: str | None, size: int) -> ByteRange | None:
    """The asked range, cut to `size`. None when there is no header, or one that RFC 9110 lets a server
    ignore: another unit, nonsense, several ranges. Raises RangeNotSatisfiable when nothing of it exists.
    """
    match = SINGLE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise RangeNotSatisfiable(size)
    return ByteRange(start, end)
