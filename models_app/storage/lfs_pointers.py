"""The small text blob that stands in git for a large file."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Only blobs of these sizes can be pointers; a size costs one object header, a read the whole object.
POINTER_SIZES = range(100, 1024)
POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*"
    rb"oid sha256:([0-9a-f]{64})\nsize (\d{1,19})\n?"
)


@dataclass(frozen=True, slots=True)
class Pointer:
    sha256: str
    size: int


def parse(data: bytes) -> Pointer | None:
    match = POINTER.fullmatch(data)
    return Pointer(match[1].decode(), int(match[2])) if match else None


def render(sha256: str, size: int) -> bytes:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()
