"""The body of a commit request: one JSON object a line, read as it comes.

Nothing here holds more than one line in memory, however large the commit is.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.conf import settings

from hub.core.errors import InvalidInput, TooLarge
from models_app.commits.operations import (
    AddFile,
    AddLargeFile,
    CopyFile,
    DeleteFile,
    DeleteFolder,
    Operation,
)

BLOCK = 256 * 1024
SHA256_DIGITS = 64


@dataclass(frozen=True, slots=True)
class CommitHeader:
    summary: str
    description: str
    parent_commit: str | None


def max_line_bytes() -> int:
    """Room for the largest regular file in base64 (4/3), with its path and quotes."""
    return settings.MAX_REGULAR_FILE_BYTES * 3 // 2 + 64 * 1024


def lines(stream: BinaryIO) -> Iterator[bytes]:
    """Non-empty lines. Raises TooLarge for one beyond the limit, or a body beyond the commit's."""
    limit, left = max_line_bytes(), settings.MAX_COMMIT_BYTES * 3 // 2
    buffer = bytearray()
    while block := stream.read(BLOCK):
        left -= len(block)
        if left < 0:
            raise TooLarge(f"A commit may hold {settings.MAX_COMMIT_BYTES} bytes of regular files.")
        *complete, rest = block.split(b"\n")
        for part in complete:
            buffer += part
            if buffer.strip():
                yield bytes(buffer)
            buffer.clear()
        buffer += rest
        if len(buffer) > limit:
            raise TooLarge(
                f"Files over {settings.MAX_REGULAR_FILE_BYTES} bytes must be uploaded as large files."
            )
    if buffer.strip():
        yield bytes(buffer)


def read_commit(stream: BinaryIO) -> tuple[CommitHeader, Iterator[Operation]]:
    """The header at once, the operations as they are asked for. Raises InvalidInput, TooLarge —
    also while the operations are consumed."""
    entries = numbered(lines(stream))
    first = next(entries, None)
    if first is None or first.key != "header":
        raise InvalidInput("The first line of a commit must be its header.")
    return header_of(first), (operation_of(entry) for entry in entries)


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    key: str
    value: Mapping[str, Any]

    def text(self, name: str, default: str | None = None) -> str:
        value = self.value.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise InvalidInput(f"Line {self.number}: `{name}` must be a text.")
        if "\x00" in value and name != "content":
            raise InvalidInput(f"Line {self.number}: `{name}` holds a NUL character.")
        return value


def numbered(raw_lines: Iterator[bytes]) -> Iterator[Line]:
    for number, raw in enumerate(raw_lines, start=1):
        if number > settings.MAX_COMMIT_OPERATIONS + 1:
            raise TooLarge(f"A commit may hold {settings.MAX_COMMIT_OPERATIONS} operations.")
        try:
            parsed = json.loads(raw)
        except (ValueError, RecursionError):
            raise InvalidInput(f"Line {number} is not valid JSON.") from None
        if not isinstance(parsed, dict) or not isinstance(parsed.get("value"), dict):
            raise InvalidInput(f"Line {number} must be an object with `key` and `value`.")
        yield Line(number, str(parsed.get("key")), parsed["value"])


def header_of(line: Line) -> CommitHeader:
    summary = line.text("summary", "").strip()
    if not summary:
        raise InvalidInput("A commit needs a summary.")
    return CommitHeader(summary, line.text("description", ""), line.text("parentCommit", "") or None)


def operation_of(line: Line) -> Operation:
    reader = READERS.get(line.key)
    if reader is None:
        raise InvalidInput(f"Line {line.number}: unknown operation `{line.key[:40]}`.")
    return reader(line)


def read_file(line: Line) -> Operation:
    if line.value.get("content") is None and line.value.get("oldPath") is not None:
        return CopyFile(line.text("path"), line.text("oldPath"))
    content = decode(line)
    if len(content) > settings.MAX_REGULAR_FILE_BYTES:
        raise TooLarge(
            f"{line.text('path')} is over {settings.MAX_REGULAR_FILE_BYTES} bytes and must be uploaded "
            "as a large file."
        )
    return AddFile(line.text("path"), content)


def decode(line: Line) -> bytes:
    encoding, content = line.text("encoding", "utf-8"), line.text("content")
    try:
        if encoding == "base64":
            return base64.b64decode(content, validate=True)
        if encoding == "utf-8":
            return content.encode()
    except (binascii.Error, ValueError):
        raise InvalidInput(f"Line {line.number}: `content` is not valid {encoding}.") from None
    raise InvalidInput(f"Line {line.number}: unknown encoding `{encoding[:40]}`.")


def read_large_file(line: Line) -> Operation:
    oid, size = line.text("oid"), line.value.get("size")
    if line.text("algo", "sha256") != "sha256" or not is_sha256(oid):
        raise InvalidInput(f"Line {line.number}: `oid` must be a sha256 in 64 hexadecimal digits.")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
        raise InvalidInput(f"Line {line.number}: `size` must be a number of bytes.")
    return AddLargeFile(line.text("path"), oid, size)


def is_sha256(text: str) -> bool:
    return len(text) == SHA256_DIGITS and all(digit in "0123456789abcdef" for digit in text)


READERS: dict[str, Callable[[Line], Operation]] = {
    "file": read_file,
    "lfsFile": read_large_file,
    "deletedFile": lambda line: DeleteFile(line.text("path")),
    "deletedFolder": lambda line: DeleteFolder(line.text("path").rstrip("/")),
}
