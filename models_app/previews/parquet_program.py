"""Reads a Parquet file in a process of its own.

The library ends its process on some damaged files, and may be made to use much memory or time; a web
worker must survive that. What it says, once each: `{"schema": …}` and `{"rows": …}`.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from models_app.previews.asked import Asked, limit, order, say
from models_app.previews.cells import MAX_COLUMNS, MAX_ROWS, show

CPU_SECONDS = 10
MEMORY_BYTES = 3_000_000_000
PAGE_BUFFER = 65_536
MAX_THRIFT_BYTES = 24_000_000
# Above this a column's pages of the first row group are not worth unpacking for a glance.
MAX_COLUMN_BYTES = 256_000_000


def main(size: int) -> None:
    limit(cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES)
    file = pq.ParquetFile(
        pa.PythonFile(Asked(size), mode="r"),
        buffer_size=PAGE_BUFFER,
        pre_buffer=False,
        thrift_string_size_limit=MAX_THRIFT_BYTES,
        thrift_container_size_limit=1_000_000,
    )
    fields = list(file.schema_arrow)[:MAX_COLUMNS]
    columns = [[field.name, str(field.type)[:80], is_number(field)] for field in fields]
    say({"schema": [columns, file.metadata.num_rows, file.metadata.num_row_groups]})
    say({"rows": first_rows(file, [field.name for field in fields])})


def first_rows(file: Any, names: list[str]) -> list[list[str]]:
    if file.metadata.num_row_groups == 0 or not names:
        return []
    first = file.metadata.row_group(0)
    if any(first.column(at).total_uncompressed_size > MAX_COLUMN_BYTES for at in range(first.num_columns)):
        raise ValueError("the columns are too large")
    for batch in file.iter_batches(batch_size=MAX_ROWS, row_groups=[0], columns=names, use_threads=False):
        lists = [batch.column(at).to_pylist() for at in range(batch.num_columns)]
        return [[show(value) for value in row] for row in zip(*lists, strict=True)]
    return []


def is_number(field: Any) -> bool:
    return bool(pa.types.is_integer(field.type) or pa.types.is_floating(field.type))


if __name__ == "__main__":
    main(order())
