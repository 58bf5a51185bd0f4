"""How previews read a stored file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

ReadRange = Callable[[int, int], Iterator[bytes]]


def read_start(read: ReadRange, size: int, limit: int) -> bytes:
    """The first `limit` bytes of a file of `size` bytes, or all of it."""
    return b"".join(read(0, min(size, limit)))
