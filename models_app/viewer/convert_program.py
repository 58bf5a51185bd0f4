"""Turns one data file into Parquet, in a process of its own.

Its order: `{"family", "compression", "delimiter", "size", "path", "target", "most_bytes"}`; `path` is a
file on this disk, or null where the bytes have to be asked for. What it says: `{"done": …}` or
`{"problem": sentence}`; nothing when it was killed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from models_app.previews.asked import Asked, limit, order, say
from models_app.viewer import sources
from models_app.viewer.features import features_of

CPU_SECONDS = 900
MEMORY_BYTES = 4_000_000_000
# One page of rows is read by reading a group, so a group is small in rows and in bytes.
GROUP_ROWS = 10_000
GROUP_BYTES = 8_000_000


def main(wanted: dict[str, Any]) -> None:
    tell(convert, wanted, "file")


def tell(convert: Callable[[dict[str, Any]], dict[str, Any]], wanted: dict[str, Any], read: str) -> None:
    """Within the limits of a conversion, say what came of it. `read` names what is read: file or files."""
    limit(cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES)
    try:
        say({"done": convert(wanted)})
    except sources.Unreadable as error:
        say({"problem": str(error)})
    except MemoryError:
        say({"problem": f"Reading the {read} takes too much memory."})
    except (pa.ArrowException, ValueError, OSError, EOFError) as error:
        say({"problem": f"The {read} cannot be read: {str(error)[:300]}"})


def convert(wanted: dict[str, Any]) -> dict[str, Any]:
    streams: list[sources.Bounded] = []

    def open_file() -> io.BufferedIOBase:
        stream = sources.Bounded(sources.opened(raw(wanted), wanted["compression"]), wanted["most_bytes"])
        streams.append(stream)
        return io.BufferedReader(stream, 1 << 20)

    is_partial = False
    if wanted["family"] == "parquet":
        file = wanted["path"] or pa.PythonFile(raw(wanted), mode="r")
        schema, tables, is_partial = sources.read_parquet(file, most_bytes=wanted["most_bytes"])
    elif wanted["family"] == "csv":
        schema, tables = sources.read_csv(open_file, wanted["delimiter"])
    elif wanted["family"] == "json":
        schema, tables = sources.read_json(open_file)
    else:
        schema, tables = sources.read_text(open_file)
    rows, size = write(tables(), schema, wanted["target"])
    is_partial = is_partial or any(stream.is_cut for stream in streams)
    return {"rows": rows, "bytes": size, "features": features_of(schema), "partial": is_partial}


def raw(wanted: dict[str, Any]) -> io.RawIOBase:
    if wanted["path"]:
        return io.FileIO(wanted["path"])
    return Asked(wanted["size"])


def write(tables: Iterable[pa.Table], schema: pa.Schema, target: str) -> tuple[int, int]:
    """How many rows there were, and their bytes in memory."""
    rows = size = 0
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for group in groups(fitted(table, schema) for table in tables):
            writer.write_table(group, row_group_size=group.num_rows)
            rows, size = rows + group.num_rows, size + group.nbytes
    return rows, size


def fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table under the schema of all: absent columns are empty, others wider."""
    columns = []
    for field in schema:
        if field.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, field.type))
        else:
            column = table.column(field.name)
            columns.append(column if column.type == field.type else cast(column, field.type))
    return pa.table(columns, schema=schema)


def cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.chunked_array([pa.array(column.to_pylist(), kind)])


def groups(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Tables joined and cut to groups of at most GROUP_ROWS rows and about GROUP_BYTES."""
    waiting: list[pa.Table] = []
    rows = size = 0
    for table in tables:
        for piece in pieces(table):
            if waiting and (rows + piece.num_rows > GROUP_ROWS or size + piece.nbytes > GROUP_BYTES):
                yield pa.concat_tables(waiting)
                waiting, rows, size = [], 0, 0
            waiting.append(piece)
            rows, size = rows + piece.num_rows, size + piece.nbytes
    if waiting:
        yield pa.concat_tables(waiting)


def pieces(table: pa.Table) -> Iterator[pa.Table]:
    if not table.num_rows:
        return
    step = max(1, min(GROUP_ROWS, GROUP_BYTES * table.num_rows // max(1, table.nbytes)))
    for start in range(0, table.num_rows, step):
        yield table.slice(start, step)


if __name__ == "__main__":
    main(order())
