"""Looks for a benchmark's items in the texts of Parquet files, in a process of its own.

Its order: `{"items": {"size", "path", "format", "columns"}, "texts": [{"size", "path"}, …], "seconds"}`;
`path` is a file on this disk, or null where the bytes have to be asked for: file 0 holds the items. What it
says: `{"done": {"items", "short", "found", "partial"}}` or `{"problem": sentence}`.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evals_app.metrics.overlap import Index
from models_app.previews.asked import Asked, limit, order, say

CPU_SECONDS = 1200
MEMORY_BYTES = 4_000_000_000
BATCH_ROWS = 2_000
MAX_ITEMS = 200_000
MAX_LINE = 10_000_000
# A long text is read in pieces, which share enough for an n-gram that lies across.
PIECE = 1_000_000
SHARED = 2_000


def main(wanted: dict[str, Any]) -> None:
    limit(cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES)
    try:
        say({"done": check(wanted)})
    except MemoryError:
        say({"problem": "The comparison takes too much memory."})
    except (pa.ArrowException, ValueError, OSError, EOFError) as error:
        say({"problem": f"A file cannot be read: {str(error)[:200]}"})


def check(wanted: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + wanted["seconds"]
    items = list(read_items(wanted["items"]))
    index = Index(items)
    is_partial = len(items) == MAX_ITEMS
    for text in all_texts(wanted["texts"]):
        for start in range(0, len(text), PIECE):
            index.read(text[max(0, start - SHARED) : start + PIECE])
        if time.monotonic() > deadline:
            is_partial = True
            break
    overlap = index.overlap()
    return {"items": len(items), "short": overlap.short, "found": overlap.found, "partial": is_partial}


def all_texts(files: list[dict[str, Any]]) -> Iterator[str]:
    for number, file in enumerate(files, start=1):
        yield from texts_of(opened(file, number))


def raw(file: dict[str, Any], number: int) -> io.RawIOBase:
    return io.FileIO(file["path"]) if file["path"] else Asked(file["size"], number)


def opened(file: dict[str, Any], number: int) -> pq.ParquetFile:
    return pq.ParquetFile(file["path"] or pa.PythonFile(raw(file, number), mode="r"))


def read_items(file: dict[str, Any]) -> Iterator[list[str]]:
    """The texts of each item: of the columns that its prompt and its answer are made of."""
    rows = parquet_rows(file) if file["format"] == "parquet" else json_rows(file)
    for number, row in enumerate(rows):
        if number == MAX_ITEMS:
            return
        yield [text for column in file["columns"] for text in strings(row.get(column))]


def parquet_rows(file: dict[str, Any]) -> Iterator[dict[str, Any]]:
    parquet = opened(file, 0)
    columns = [name for name in file["columns"] if name in parquet.schema_arrow.names]
    for batch in parquet.iter_batches(BATCH_ROWS, columns=columns):
        yield from batch.to_pylist()


def json_rows(file: dict[str, Any]) -> Iterator[dict[str, Any]]:
    lines = io.BufferedReader(raw(file, 0), 1 << 20)
    while line := lines.readline(MAX_LINE):
        row = json.loads(line) if line.strip() else {}
        if isinstance(row, dict) and row:
            yield row


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def texts_of(file: pq.ParquetFile) -> Iterator[str]:
    """Every text of every row, also those inside lists and structures; a row's texts side by side."""
    names = [field.name for field in file.schema_arrow if holds_text(field.type)]
    if not names:
        return
    for batch in file.iter_batches(BATCH_ROWS, columns=names):
        for column in batch.columns:
            yield from column_texts(column)


def holds_text(kind: pa.DataType) -> bool:
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return True
    if pa.types.is_struct(kind):
        return any(holds_text(kind.field(at).type) for at in range(kind.num_fields))
    return is_list(kind) and holds_text(kind.value_type)


def is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def column_texts(column: pa.Array) -> Iterable[str]:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield from (text for text in column.to_pylist() if text)
    elif pa.types.is_struct(kind):
        for at in range(kind.num_fields):
            yield from column_texts(column.field(at))
    elif is_list(kind):
        yield from column_texts(column.flatten())


if __name__ == "__main__":
    main(order())
