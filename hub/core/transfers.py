"""How many slow things a web process does at once.

A thread serves one request. Bodies that clients send or fetch slowly would take them all; so large
transfers may hold only some of the threads, and one too many is told to come back, which clients do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from hub.core.errors import Busy

# What is smaller fits into the buffers between us and the client, and ends at once.
SMALL_BYTES = 1 << 20
RETRY_SECONDS = 3

_lock = threading.Lock()
_running = 0


def running() -> int:
    """Large transfers of this process now."""
    return _running


def begin(size: int | None) -> bool:
    """Take a place for a body of so many bytes (None: nobody knows); False when it needs none.

    Raises Busy when all places are taken. Whoever got True calls `end`.
    """
    global _running
    if size is not None and size <= SMALL_BYTES:
        return False
    with _lock:
        if _running >= settings.WEB_TRANSFERS:
            raise Busy("The hub is busy with other transfers. Please try again.", retry_after=RETRY_SECONDS)
        _running += 1
    return True


def end() -> None:
    global _running
    with _lock:
        _running -= 1


@contextmanager
def receiving(size: int | None) -> Iterator[None]:
    """A place while a body comes in. Raises Busy."""
    taken = begin(size)
    try:
        yield
    finally:
        if taken:
            end()


def sending(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The same blocks, with a place until they end or the server closes them. Raises Busy, at once."""
    return Sending(blocks) if begin(size) else blocks


class Sending(Iterator[bytes]):
    """Not a generator: those do not notice being closed before their first block."""

    def __init__(self, blocks: Iterator[bytes], release: Callable[[], None] = end) -> None:
        self.blocks = blocks
        self.release = release
        self.is_open = True

    def __next__(self) -> bytes:
        try:
            return next(self.blocks)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        self.release()
        if close := getattr(self.blocks, "close", None):
            close()

    def __del__(self) -> None:
        self.close()
