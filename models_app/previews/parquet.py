"""The schema and the first rows of a Parquet file, from its footer and the first pages it needs."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from hub.core.errors import TooLarge
from models_app.previews.reading import RangeFile, ReadRange
from models_app.previews.tables import MAX_COLUMNS, MAX_ROWS, Column, TablePreview, show

# The footer of a file with thousands of row groups is some megabytes; pages of text columns about one.
BYTE_BUDGET = 24_000_000
PAGE_BUFFER = 65_536
# Above this a column's pages of the first row group are not worth unpacking for a glance.
MAX_COLUMN_BYTES = 256_000_000


def page(read: ReadRange, size: int, *, rows: int = MAX_ROWS) -> TablePreview | None:
    """None when the file is not readable as Parquet. Reads BYTE_BUDGET bytes at most: beyond, the
    schema comes without rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = RangeFile(read, size, budget=BYTE_BUDGET)
    try:
        file = pq.ParquetFile(
            pa.PythonFile(source, mode="r"),
            buffer_size=PAGE_BUFFER,
            pre_buffer=False,
            thrift_string_size_limit=BYTE_BUDGET,
            thrift_container_size_limit=1_000_000,
        )
    except (pa.ArrowException, OSError, ValueError, TooLarge):
        return None
    schema = file.schema_arrow
    columns = [Column(field.name, str(field.type)[:80], _is_number(field)) for field in schema][:MAX_COLUMNS]
    try:
        values, note = _first_rows(file, rows), ""
    except (pa.ArrowException, OSError, ValueError, TooLarge):
        values, note = [], gettext("The rows are too large to be shown here.")
    return TablePreview(
        columns,
        values,
        truncated=file.metadata.num_rows > len(values),
        row_count=file.metadata.num_rows,
        row_groups=file.metadata.num_row_groups,
        note=note,
    )


def _first_rows(file: Any, rows: int) -> list[list[str]]:
    names = [field.name for field in file.schema_arrow][:MAX_COLUMNS]
    if file.metadata.num_row_groups == 0 or not names:
        return []
    first = file.metadata.row_group(0)
    if any(
        first.column(index).total_uncompressed_size > MAX_COLUMN_BYTES for index in range(first.num_columns)
    ):
        raise TooLarge
    for batch in file.iter_batches(batch_size=rows, row_groups=[0], columns=names, use_threads=False):
        lists = [batch.column(index).to_pylist() for index in range(batch.num_columns)]
        return [[show(value) for value in row] for row in zip(*lists, strict=True)]
    return []


def _is_number(field: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(field.type) or pa.types.is_floating(field.type))
