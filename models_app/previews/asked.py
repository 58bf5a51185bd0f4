"""The program's side of the conversation with the process that started it. Imports nothing of ours.

Such a program has neither settings nor database. Its order is the first line of standard input; it
asks for byte ranges by `{"read": [file, start, end]}` on standard output and gets exactly those bytes.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def order() -> Any:
    return json.loads(sys.stdin.buffer.readline())


def limit(*, cpu_seconds: int, memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Asked(io.RawIOBase):
    """A file whose bytes come from the process that started this one."""

    def __init__(self, size: int, number: int = 0) -> None:
        super().__init__()
        self._size, self._number, self._position = size, number, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        end = self._size if size is None or size < 0 else min(self._size, self._position + size)
        if end <= self._position:
            return b""
        say({"read": [self._number, self._position, end]})
        data = sys.stdin.buffer.read(end - self._position)
        self._position += len(data)
        return data

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
