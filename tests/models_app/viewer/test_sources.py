"""Data files of all shapes, whole and broken, as tables. In this process: the library is trusted here."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from models_app.viewer import convert_program, sources
from models_app.viewer.sources import Bounded, Unreadable


def rows(data: bytes, read: Callable[..., Any], *options: Any) -> list[dict[str, Any]]:
    schema, tables = read(lambda: io.BytesIO(data), *options)
    return [row for table in tables() for row in convert_program.fitted(table, schema).to_pylist()]


def test_csv_columns_are_as_wide_as_their_values_need() -> None:
    data = b"n,f,t,d\n1,1,1,2020-01-01\n2,2.5,x,2020-01-02\n,,,\n"
    assert rows(data, sources.read_csv, ",") == [
        {"n": 1, "f": 1.0, "t": "1", "d": "2020-01-01"},
        {"n": 2, "f": 2.5, "t": "x", "d": "2020-01-02"},
        {"n": None, "f": None, "t": None, "d": None},
    ]


def test_a_late_value_widens_a_csv_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PIECE_BYTES", 1_000)
    found = rows(b"a,b\n" + b"1,\n" * 1_000 + b"x,2.5\n", sources.read_csv, ",")
    assert (found[0], found[-1]) == ({"a": "1", "b": None}, {"a": "x", "b": 2.5})


def test_json_values_that_share_no_type_become_text() -> None:
    data = b'{"a": 1, "b": {"x": 1}}\n\n{"a": "x", "b": [1]}\n{"c": {}}\n'
    assert rows(data, sources.read_json) == [
        {"a": "1", "b": '{"x": 1}', "c": None},
        {"a": "x", "b": "[1]", "c": None},
        {"a": None, "b": None, "c": "{}"},
    ]


def test_types_of_pieces_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PIECE_BYTES", 50)
    data = b'{"n": 1, "m": {"a": 1}}\n' * 20 + b'{"n": 1.5, "m": {"b": "x"}}\n' * 20
    found = rows(data, sources.read_json)
    assert found[0] == {"n": 1.0, "m": {"a": 1, "b": None}}
    assert found[-1] == {"n": 1.5, "m": {"a": None, "b": "x"}}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'[{"a": 1},\n {"a": 2}]', [{"a": 1}, {"a": 2}]),
        (b'{"a": [1, 2],\n "b": ["x", "y"]}', [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
        (b'{\n "a": 1\n}', [{"a": 1}]),
    ],
)
def test_json_may_be_one_value(data: bytes, expected: list[dict[str, Any]]) -> None:
    assert rows(data, sources.read_json) == expected


def test_text_is_a_row_a_line() -> None:
    assert rows("﻿one\r\n\ntwo".encode(), sources.read_text) == [
        {"text": "one"},
        {"text": ""},
        {"text": "two"},
    ]


@pytest.mark.parametrize(
    ("data", "read", "words"),
    [
        (b"", sources.read_csv, "empty"),
        (b"a,b\n1\n", sources.read_csv, "Expected 2 columns"),
        (b"a,a\n1,2\n", sources.read_csv, "name of its own"),
        (b"", sources.read_json, "no rows"),
        (b"[1, 2]", sources.read_json, "must be objects"),
        (b'{"a": 1}\nnot\n', sources.read_json, "no JSON"),
        (b"\xff\xfe\x00", sources.read_json, "no JSON"),
        (b"[" * 100_000, sources.read_json, "no JSON"),
    ],
)
def test_what_cannot_be_read_is_told(data: bytes, read: Callable[..., Any], words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        rows(data, read, *([","] if read is sources.read_csv else []))


def test_a_stream_is_cut_at_a_whole_line() -> None:
    packed = io.BytesIO(gzip.compress(b"123456789\n" * 100))
    cut = Bounded(sources.opened(packed, "gzip"), 255)  # type: ignore[arg-type]
    assert len(io.BufferedReader(cut).read()) == 250
    assert cut.is_cut


def test_groups_are_small_in_rows_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert_program, "GROUP_BYTES", 10_000)
    monkeypatch.setattr(convert_program, "GROUP_ROWS", 100)
    small, large = pa.table({"n": range(250)}), pa.table({"t": ["x" * 1_000] * 30})
    assert [group.num_rows for group in convert_program.groups(iter([small]))] == [100, 100, 50]
    assert max(group.num_rows for group in convert_program.groups(iter([large]))) <= 10
