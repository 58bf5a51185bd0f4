"""A bounded view of a stored file: what previews read from, so that none can read without limit."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

from hub.core.errors import TooLarge

ReadRange = Callable[[int, int], Iterator[bytes]]


def read_start(read: ReadRange, size: int, limit: int) -> bytes:
    """The first `limit` bytes of a file of `size` bytes, or all of it."""
    return b"".join(read(0, min(size, limit)))


class RangeFile(io.RawIOBase):
    """A file object over `read(start, end)` that fetches no more than `budget` bytes in its life.

    Raises TooLarge at the first read beyond the budget.
    """

    def __init__(self, read: ReadRange, size: int, *, budget: int) -> None:
        super().__init__()
        self._read = read
        self._size = size
        self._left = budget
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def size(self) -> int:
        return self._size

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        end = self._size if size is None or size < 0 else min(self._size, self._position + size)
        wanted = max(0, end - self._position)
        if wanted > self._left:
            raise TooLarge("More of this file would have to be read than a preview may.")
        data = b"".join(self._read(self._position, end)) if wanted else b""
        self._left -= len(data)
        self._position += len(data)
        return data

    def readall(self) -> bytes:
        return self.read()
