from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest

from hub.core.errors import InvalidInput, TooLarge
from models_app.commits.operations import AddFile, AddLargeFile, CopyFile, DeleteFile, DeleteFolder
from models_app.hf_api.commit_lines import read_commit

HEADER = {"key": "header", "value": {"summary": "Change", "description": "Why", "parentCommit": "a" * 40}}


def stream(*lines: Any) -> io.BytesIO:
    return io.BytesIO(
        b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    )


def operations(*lines: Any) -> list[Any]:
    return list(read_commit(stream(HEADER, *lines))[1])


def test_it_reads_every_kind_of_operation() -> None:
    encoded = base64.b64encode(b"\x00bytes").decode()
    found = operations(
        {"key": "file", "value": {"path": "a", "content": encoded, "encoding": "base64"}},
        {"key": "file", "value": {"path": "b", "content": "é", "encoding": "utf-8"}},
        {"key": "file", "value": {"path": "c", "oldPath": "a"}},
        {"key": "lfsFile", "value": {"path": "d", "algo": "sha256", "oid": "0" * 64, "size": 3}},
        {"key": "lfsFile", "value": {"path": "e", "oid": "0" * 64}},
        {"key": "deletedFile", "value": {"path": "f"}},
        {"key": "deletedFolder", "value": {"path": "g/"}},
    )
    assert found == [
        AddFile("a", b"\x00bytes"),
        AddFile("b", "é".encode()),
        CopyFile("c", "a"),
        AddLargeFile("d", "0" * 64, 3),
        AddLargeFile("e", "0" * 64, None),
        DeleteFile("f"),
        DeleteFolder("g"),
    ]


def test_it_reads_the_header() -> None:
    header, _rest = read_commit(stream(HEADER))
    assert (header.summary, header.description, header.parent_commit) == ("Change", "Why", "a" * 40)


@pytest.mark.parametrize(
    "line",
    [
        b"{not json",
        b"[" * 50_000,
        [],
        {"key": "file"},
        {"key": "renameFile", "value": {"path": "a"}},
        {"key": "file", "value": {"path": "a"}},
        {"key": "file", "value": {"content": "a"}},
        {"key": "file", "value": {"path": 3, "content": "a"}},
        {"key": "deletedFile", "value": {"path": "a\x00"}},
        {"key": "file", "value": {"path": "a", "content": "%%%", "encoding": "base64"}},
        {"key": "file", "value": {"path": "a", "content": "a", "encoding": "rot13"}},
        {"key": "file", "value": {"path": "a", "content": "\ud800", "encoding": "utf-8"}},
        {"key": "lfsFile", "value": {"path": "a", "oid": "xyz"}},
        {"key": "lfsFile", "value": {"path": "a", "oid": "0" * 64, "algo": "md5"}},
        {"key": "lfsFile", "value": {"path": "a", "oid": "0" * 64, "size": -1}},
    ],
)
def test_it_refuses_what_it_does_not_know(line: Any) -> None:
    with pytest.raises(InvalidInput):
        operations(line)


@pytest.mark.parametrize(
    "first", [b"", {"key": "file", "value": {"path": "a", "content": ""}}, {"key": "header", "value": {}}]
)
def test_it_wants_a_header_with_a_summary_first(first: Any) -> None:
    with pytest.raises(InvalidInput):
        read_commit(stream(first))


def test_it_reads_lines_as_they_are_asked_for() -> None:
    """A broken last line is met only after the first operation was handed out."""
    _header, found = read_commit(stream(HEADER, {"key": "deletedFile", "value": {"path": "a"}}, b"broken"))
    assert next(found) == DeleteFile("a")
    with pytest.raises(InvalidInput):
        next(found)


def test_it_bounds_lines_files_operations_and_bodies(settings) -> None:
    settings.MAX_REGULAR_FILE_BYTES = 1000
    content = {"key": "file", "value": {"path": "a", "content": "x" * 1001}}
    with pytest.raises(TooLarge):
        operations(content)
    with pytest.raises(TooLarge):
        operations(b"x" * 400_000)
    settings.MAX_COMMIT_OPERATIONS = 2
    with pytest.raises(TooLarge):
        operations(*[{"key": "deletedFile", "value": {"path": "a"}}] * 3)
    settings.MAX_COMMIT_BYTES = 1000
    with pytest.raises(TooLarge):
        operations(*[{"key": "file", "value": {"path": "a", "content": "x" * 900}}] * 3)
