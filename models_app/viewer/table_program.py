"""Reads rows of converted Parquet files, in a process of its own.

Its order: `{"act": "rows" | "cell" | "statistics" | "features", "files": [{"size", "path", "rows"}],
"mixed", …}`. What it says: `{"found": …}` or `{"problem": sentence}`; nothing when it was killed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from models_app.previews.asked import Asked, limit, order, say
from models_app.viewer import masks, statistics
from models_app.viewer.features import features_of
from models_app.viewer.values import Cell

CPU_SECONDS = 60
MEMORY_BYTES = 3_000_000_000
MAX_SORTED_ROWS = 20_000_000
MAX_CELL_BYTES = 20_000_000
# Bytes of pictures and sounds are fetched one by one, never for a page of rows.
PAYLOAD = "bytes"

Rows = list[tuple[int, dict[str, Any]]]


def main(wanted: dict[str, Any]) -> None:
    limit(cpu_seconds=wanted.get("cpu_seconds", CPU_SECONDS), memory_bytes=MEMORY_BYTES)
    act = {
        "rows": page_of_rows,
        "cell": one_cell,
        "statistics": statistics_of,
        "features": features_of_split,
    }[wanted["act"]]
    try:
        say({"found": act(wanted)})
    except masks.Unfit as error:
        say({"problem": str(error)})
    except pa.ArrowException as error:
        say({"problem": f"The rows cannot be read: {str(error)[:200]}"})


class Split:
    """The files of a split as one sequence of rows. A file is opened when its rows are needed.

    `mixed` says that the files' columns differ: then every table gets those of all.
    """

    def __init__(self, wanted: dict[str, Any]) -> None:
        self._files = wanted["files"]
        self._open: dict[int, pq.ParquetFile] = {}
        self._schema = self.joint_schema() if wanted.get("mixed") else None

    def joint_schema(self) -> pa.Schema:
        schemas = [self.file(number).schema_arrow for number in range(len(self._files))]
        try:
            return pa.unify_schemas(schemas, promote_options="permissive")
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise masks.Unfit(f"The files of the split differ in their columns: {str(error)[:200]}") from None

    def file(self, number: int) -> pq.ParquetFile:
        if number not in self._open:
            known = self._files[number]
            source = known["path"] or pa.PythonFile(Asked(known["size"], number), mode="r")
            self._open[number] = pq.ParquetFile(source, pre_buffer=False)
        return self._open[number]

    def groups(self, start: int = 0) -> Iterator[tuple[int, int, int, int]]:
        """(first row, rows, file, group) of every group that reaches beyond the row `start`."""
        first = 0
        for number, known in enumerate(self._files):
            if first + known["rows"] <= start:
                first += known["rows"]
                continue
            metadata = self.file(number).metadata
            for group in range(metadata.num_row_groups):
                rows = metadata.row_group(group).num_rows
                if first + rows > start:
                    yield first, rows, number, group
                first += rows

    def schema(self, number: int) -> pa.Schema:
        return self._schema or self.file(number).schema_arrow

    def read(self, number: int, group: int, columns: list[str] | None) -> pa.Table:
        file = self.file(number)
        present = set(file.schema_arrow.names)
        names = None if columns is None else [name for name in columns if name in present]
        table = file.read_row_group(group, columns=names, use_threads=False)
        if self._schema is None:
            return table
        fields = [self._schema.field(name) for name in columns or self._schema.names]
        rows = file.metadata.row_group(group).num_rows
        return pa.table(
            [
                table.column(field.name).cast(field.type)
                if field.name in present
                else pa.nulls(rows, field.type)
                for field in fields
            ],
            schema=pa.schema(fields),
        )


def page_of_rows(wanted: dict[str, Any]) -> dict[str, Any]:
    split = Split(wanted)
    total = sum(file["rows"] for file in wanted["files"])
    offset, length = wanted["offset"], wanted["length"]
    is_asked = wanted.get("where") or wanted.get("search")
    if wanted.get("order"):
        return sorted_rows(split, wanted)
    if is_asked:
        return matching_rows(split, wanted)
    rows = told(rows_between(split, offset, min(offset + length, total)), wanted)
    return {"rows": rows, "total": total, "partial": False}


def rows_between(split: Split, start: int, end: int) -> Iterator[tuple[int, pa.Table]]:
    for first, rows, number, group in split.groups(start):
        if first >= end:
            return
        table = split.read(number, group, None)
        cut = max(0, start - first)
        yield first + cut, table.slice(cut, min(end - first, rows) - cut)


def scan(split: Split, wanted: dict[str, Any], extra: list[str]) -> Iterator[tuple[int, int, int, Any, Any]]:
    """(first row, file, group, places of fitting rows, the columns that were read), until time is up."""
    end = time.monotonic() + wanted["seconds"]
    for first, rows, number, group in split.groups():
        if time.monotonic() > end:
            wanted["partial"] = True
            return
        names = list(dict.fromkeys([*columns_to_ask(split.schema(number), wanted), *extra]))
        table = split.read(number, group, names) if names else None
        mask = np.ones(rows, dtype=bool)
        if table is not None and wanted.get("where"):
            mask &= masks.mask_of(wanted["where"], table)
        if wanted.get("search"):
            texts = text_columns(split.schema(number))
            mask &= masks.found_in(wanted["search"], table.select(texts)) if table and texts else False
        yield first, number, group, np.flatnonzero(mask), table


def text_columns(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if masks.holds_text(field.type)]


def columns_to_ask(schema: pa.Schema, wanted: dict[str, Any]) -> list[str]:
    asked = sorted(masks.columns_of(wanted.get("where")))
    return [*asked, *text_columns(schema)] if wanted.get("search") else asked


def matching_rows(split: Split, wanted: dict[str, Any]) -> dict[str, Any]:
    start, end = wanted["offset"], wanted["offset"] + wanted["length"]
    total, found = 0, list[dict[str, Any]]()
    for first, number, group, places, _table in scan(split, wanted, []):
        chosen = places[max(0, start - total) : max(0, end - total)]
        if len(chosen):
            table = split.read(number, group, None)
            pieces = ((first + int(at), table.slice(int(at), 1)) for at in chosen)
            found += told(pieces, wanted)
        total += len(places)
    return {"rows": found, "total": total, "partial": bool(wanted.get("partial"))}


def sorted_rows(split: Split, wanted: dict[str, Any]) -> dict[str, Any]:
    name, descending = wanted["order"]
    keys, places, homes = [], [], []
    total = 0
    for first, number, group, fitting, table in scan(split, wanted, [name]):
        keys.append(table.column(name).take(pa.array(fitting)))
        places.append(fitting + first)
        homes.append((first, number, group))
        total += len(fitting)
        if total > MAX_SORTED_ROWS:
            raise masks.Unfit(f"At most {MAX_SORTED_ROWS} rows can be sorted; ask for fewer by a filter.")
    if not total:
        return {"rows": [], "total": 0, "partial": bool(wanted.get("partial"))}
    column = pa.chunked_array([chunk for key in keys for chunk in key.chunks])
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        raise masks.Unfit(f"The column {name} holds {str(column.type)[:80]}: rows cannot be sorted by it.")
    table = pa.table({"key": column, "place": np.concatenate(places)})
    direction = "descending" if descending else "ascending"
    # By place within equal values, so that pages do not overlap.
    ranks = pc.sort_indices(table, sort_keys=[("key", direction), ("place", "ascending")])
    chosen = table.column("place").take(ranks.slice(wanted["offset"], wanted["length"])).to_pylist()
    found = told(((place, row_at(split, homes, place)) for place in chosen), wanted)
    return {"rows": found, "total": total, "partial": bool(wanted.get("partial"))}


def row_at(split: Split, homes: list[tuple[int, int, int]], place: int) -> pa.Table:
    first, number, group = next(home for home in reversed(homes) if home[0] <= place)
    return split.read(number, group, None).slice(place - first, 1)


def told(pieces: Iterator[tuple[int, pa.Table]], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows as JSON, with the columns of the split in its order."""
    names, media, found = wanted["columns"], set(wanted["media"]), list[dict[str, Any]]()
    for first, table in pieces:
        columns = {
            name: presence(table.column(name)) if name in media else table.column(name).to_pylist()
            for name in names
            if name in table.column_names
        }
        for at in range(table.num_rows):
            row, cut = {}, []
            for name in names:
                cell = Cell()
                row[name] = cell.plain(columns[name][at]) if name in columns else None
                if cell.is_cut:
                    cut.append(name)
            found.append({"row_idx": first + at, "row": row, "truncated_cells": cut})
    return found


def presence(column: pa.ChunkedArray) -> list[Any]:
    """Of pictures and sounds only how large they are, and what their file was called."""
    if not pa.types.is_struct(column.type):
        return [None if value is None else {"bytes": len(value)} for value in column.to_pylist()]
    parts = {field.name for field in column.type}
    sizes = lengths(pc.struct_field(column, PAYLOAD)) if PAYLOAD in parts else [None] * len(column)
    paths = pc.struct_field(column, "path").to_pylist() if "path" in parts else [None] * len(column)
    return [
        None if size is None and path is None else {"bytes": size or 0, "path": path}
        for size, path in zip(sizes, paths, strict=True)
    ]


def lengths(column: Any) -> list[Any]:
    return pc.binary_length(column).to_pylist() if not pa.types.is_null(column.type) else [None] * len(column)


def one_cell(wanted: dict[str, Any]) -> Any:
    """The bytes of a picture or a sound, as text that JSON can carry; null where there are none."""
    import base64

    split, place = Split(wanted), wanted["row"]
    for first, rows, number, group in split.groups(place):
        if not first <= place < first + rows:
            return None
        column = split.read(number, group, [wanted["column"]]).column(wanted["column"])
        value = column.slice(place - first, 1).to_pylist()[0]
        payload = value.get(PAYLOAD) if isinstance(value, dict) else value
        if not isinstance(payload, bytes) or len(payload) > MAX_CELL_BYTES:
            return None
        return base64.b64encode(payload).decode()
    return None


def features_of_split(wanted: dict[str, Any]) -> Any:
    """The columns of files that differ in them, made one."""
    return features_of(Split({**wanted, "mixed": False}).joint_schema())


def statistics_of(wanted: dict[str, Any]) -> Any:
    split = Split(wanted)

    def tables(columns: list[str]) -> Iterator[pa.Table]:
        for _first, _rows, number, group in split.groups():
            yield split.read(number, group, columns)

    return statistics.describe(tables, wanted["features"], seconds=wanted["seconds"])


if __name__ == "__main__":
    main(order())
