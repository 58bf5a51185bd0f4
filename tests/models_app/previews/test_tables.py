from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from models_app.previews import cells, tables


def reader(data: bytes) -> Callable[[int, int], Iterator[bytes]]:
    return lambda start, end: iter([data[start:end]])


def test_it_reads_the_first_rows_of_a_csv() -> None:
    data = b'name,score\n"a, b",1.5\nc,2\n'
    table = tables.read_csv(reader(data), len(data))
    assert table is not None
    assert [(c.name, c.is_number) for c in table.columns] == [("name", False), ("score", True)]
    assert table.rows == [["a, b", "1.5"], ["c", "2"]]
    assert not table.truncated


def test_it_stops_after_a_bounded_number_of_rows_and_bytes() -> None:
    data = b"n\n" + b"12345678\n" * 200_000
    asked: list[tuple[int, int]] = []

    def read(start: int, end: int) -> Iterator[bytes]:
        asked.append((start, end))
        yield data[start:end]

    table = tables.read_csv(read, len(data))
    assert table is not None
    assert table.truncated
    assert len(table.rows) == cells.MAX_ROWS
    assert asked == [(0, tables.MAX_BYTES)]


def test_it_refuses_bytes_that_are_no_text() -> None:
    assert tables.read_csv(reader(b"\x00\x01\xff"), 3) is None
    assert tables.read_csv(reader(b""), 0) is None


def test_it_reads_objects_of_different_shapes() -> None:
    lines = [{"a": 1, "b": {"c": [1, 2]}}, {"a": 2.5, "d": "é" * 1000}]
    data = "\n".join(json.dumps(line) for line in lines).encode()
    table = tables.read_json_lines(reader(data), len(data))
    assert table is not None
    assert [column.name for column in table.columns] == ["a", "b", "d"]
    assert table.columns[0].is_number
    assert table.rows[0] == ["1", '{"c": [1, 2]}', ""]
    assert len(table.rows[1][2]) == cells.MAX_CELL_CHARACTERS + 1


def test_it_refuses_lines_that_are_no_objects() -> None:
    for data in (b"[1]\n", b"{broken\n", b"", b"[" * 100_000):
        assert tables.read_json_lines(reader(data), len(data)) is None


def test_it_drops_the_line_that_the_byte_limit_cuts() -> None:
    data = (json.dumps({"text": "x" * 20_000}) + "\n").encode() * 40
    table = tables.read_json_lines(reader(data), len(data))
    assert table is not None
    assert table.truncated
    assert len(table.rows) == tables.MAX_BYTES // (len(data) // 40)
