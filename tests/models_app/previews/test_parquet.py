from __future__ import annotations

import io
import random
import time
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models_app.previews import parquet


def parquet_bytes(table: pa.Table, **options: object) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target, **options)
    return target.getvalue()


class CountingReader:
    def __init__(self, data: bytes) -> None:
        self.data, self.bytes_read = data, 0

    def __call__(self, start: int, end: int) -> Iterator[bytes]:
        self.bytes_read += end - start
        yield self.data[start:end]


def reader(data: bytes) -> Callable[[int, int], Iterator[bytes]]:
    return CountingReader(data)


def test_it_shows_schema_and_first_rows() -> None:
    table = pa.table(
        {"text": ["a", "b"], "score": [1.5, None], "tags": [["x"], []], "raw": [b"\x00\x01", b""]}
    )
    data = parquet_bytes(table)
    preview = parquet.page(reader(data), len(data))
    assert preview is not None
    assert [(column.name, column.type) for column in preview.columns] == [
        ("text", "string"), ("score", "double"), ("tags", "list<element: string>"), ("raw", "binary"),
    ]  # fmt: skip
    assert preview.rows == [["a", "1.5", '["x"]', "2 bytes"], ["b", "", "[]", "0 bytes"]]
    assert (preview.row_count, preview.row_groups, preview.truncated) == (2, 1, False)


def test_it_reads_a_small_part_of_a_large_file() -> None:
    table = pa.table({"n": range(2_000_000), "text": [f"row {n}" for n in range(2_000_000)]})
    data = parquet_bytes(table, compression="none", use_dictionary=False)
    read = CountingReader(data)
    preview = parquet.page(read, len(data))
    assert preview is not None
    assert preview.truncated
    assert preview.rows[1] == ["1", "row 1"]
    assert read.bytes_read < len(data) / 4


def test_it_keeps_the_schema_when_rows_cost_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "BYTE_BUDGET", 100_000)
    data = parquet_bytes(
        pa.table({"text": ["x" * 1_000_000 + str(n) for n in range(10)]}), compression="none"
    )
    preview = parquet.page(reader(data), len(data))
    assert preview is not None
    assert preview.rows == []
    assert "cannot be shown" in preview.note
    assert preview.row_count == 10


@pytest.mark.parametrize(
    "data", [b"", b"PAR1", b"PAR1garbagePAR1", b"\xff" * 1000, b"PAR1" + b"\xff" * 64 + b"PAR1"]
)
def test_it_survives_broken_files(data: bytes) -> None:
    assert parquet.page(reader(data), len(data)) is None


def test_it_survives_files_that_end_the_reading_process() -> None:
    data = parquet_bytes(pa.table({"a": range(100), "t": [str(n) for n in range(100)]}))
    dice = random.Random(7)
    for _ in range(12):
        broken = bytearray(data)
        for _ in range(10):
            broken[dice.randrange(len(broken) - 600, len(broken) - 8)] = dice.randrange(256)
        preview = parquet.page(reader(bytes(broken)), len(broken))
        assert preview is None or preview.columns is not None


def test_it_gives_up_on_a_program_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "SECONDS", 0.2)
    data = parquet_bytes(pa.table({"a": [1]}))

    def slow(start: int, end: int) -> Iterator[bytes]:
        time.sleep(0.5)
        yield data[start:end]

    assert parquet.page(slow, len(data)) is None


def test_it_survives_a_file_without_rows() -> None:
    data = parquet_bytes(pa.table({"a": pa.array([], pa.int64())}))
    preview = parquet.page(reader(data), len(data))
    assert preview is not None
    assert preview.rows == []
    assert not preview.truncated
