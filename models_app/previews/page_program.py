"""Reads a page of rows of a Parquet file, in a process of its own. See `asked` for how it gets the bytes.

Says `{"schema": [[name, type], …]}` and then `{"page": {"total": …, "numbers": […], "rows": […]}}`.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from models_app.previews import asked

CPU_SECONDS = 10
MEMORY_BYTES = 3_000_000_000
PAGE_BUFFER = 65_536
MAX_THRIFT_BYTES = 24_000_000
MAX_COLUMNS = 60
# A column that is looked through whole, and the pages that are unpacked for its rows.
MAX_NUMBER_BYTES = 64_000_000
MAX_ROW_BYTES = 256_000_000
MAX_CELL_CHARACTERS = 4_000


def main() -> None:
    order = asked.order()
    asked.limit(cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES)
    file = pq.ParquetFile(
        pa.PythonFile(asked.Asked(order["size"]), mode="r"),
        buffer_size=PAGE_BUFFER,
        pre_buffer=False,
        thrift_string_size_limit=MAX_THRIFT_BYTES,
        thrift_container_size_limit=1_000_000,
    )
    named = order.get("columns")
    fields = [field for field in file.schema_arrow if named is None or field.name in named][:MAX_COLUMNS]
    asked.say({"schema": [[field.name, str(field.type)[:80]] for field in fields]})
    numbers = wanted(file, order)
    start = order["offset"]
    chosen = list(numbers[start : start + order["length"]])
    rows = [[show(value) for value in row] for row in taken(file, [f.name for f in fields], chosen)]
    asked.say({"page": {"total": len(numbers), "numbers": chosen, "rows": rows}})


def wanted(file: pq.ParquetFile, order: dict[str, Any]) -> Any:
    """Numbers of the rows whose `column` lies from `least` to `most`; those among the given `numbers` that
    there are; else of all."""
    if "numbers" in order:
        return [number for number in sorted(set(order["numbers"])) if number < file.metadata.num_rows]
    if not order.get("column"):
        return range(file.metadata.num_rows)
    name = order["column"]
    if name not in file.schema_arrow.names or size_of(file, [name]) > MAX_NUMBER_BYTES:
        raise ValueError("the column cannot be looked through")
    column = file.read([name], use_threads=False).column(0).cast(pa.float64())
    inside = pc.and_(
        pc.greater_equal(column, float(order["least"])), pc.less_equal(column, float(order["most"]))
    )
    return [number for number, yes in enumerate(inside.to_pylist()) if yes]


def taken(file: pq.ParquetFile, names: list[str], numbers: Any) -> list[list[Any]]:
    """The rows, group by group, so that only groups that hold one of them are unpacked."""
    rows: list[list[Any]] = []
    start = 0
    for group in range(file.metadata.num_row_groups):
        end = start + file.metadata.row_group(group).num_rows
        here = [number - start for number in numbers if start <= number < end]
        start = end
        if not here:
            continue
        if size_of(file, names, group) > MAX_ROW_BYTES:
            raise ValueError("the rows are too large")
        table = file.read_row_group(group, columns=names, use_threads=False).take(here)
        rows += [list(row.values()) for row in table.to_pylist()]
    return rows


def size_of(file: pq.ParquetFile, names: list[str], group: int | None = None) -> int:
    groups = range(file.metadata.num_row_groups) if group is None else (group,)
    sizes = 0
    for number in groups:
        meta = file.metadata.row_group(number)
        for at in range(meta.num_columns):
            column = meta.column(at)
            if column.path_in_schema.partition(".")[0] in names:
                sizes += column.total_uncompressed_size
    return sizes


def show(value: Any) -> str | None:
    """Texts as they are, the rest as JSON; cut where it would be too long for a page."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAX_CELL_CHARACTERS else text[:MAX_CELL_CHARACTERS] + "…"


if __name__ == "__main__":
    main()
