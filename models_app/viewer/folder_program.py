"""Writes pictures or sounds into Parquet, a row each with its bytes, in a process of its own.

Its order: `{"column", "feature", "files": [{"name", "size", "path"}], "tables": [the same], "labels",
"target"}`; the numbers of files go on in `tables`. It never looks into a picture or sound. What it says:
`{"done": …}` or `{"problem": sentence}`; nothing when it was killed.
"""

from __future__ import annotations

import io
import json
import posixpath
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from models_app.previews.asked import Asked, order
from models_app.viewer import sources
from models_app.viewer.convert_program import tell, write
from models_app.viewer.features import features_of
from models_app.viewer.formats import delimiter_of

FILE_NAME = "file_name"
MAX_TABLE_BYTES = 100_000_000
PIECE_ROWS, PIECE_BYTES = 100, 8_000_000
CONTENT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def main(wanted: dict[str, Any]) -> None:
    tell(convert, wanted, "files")


def convert(wanted: dict[str, Any]) -> dict[str, Any]:
    column, files = wanted["column"], wanted["files"]
    numbers = {file["name"]: at for at, file in enumerate(files)}
    known = described(wanted, numbers) if wanted["tables"] else None
    fields = [pa.field(column, CONTENT)]
    if known is not None:
        fields += [field for field in known.schema if field.name not in {column, FILE_NAME}]
    elif wanted["labels"]:
        fields.append(pa.field("label", pa.int64()))
    features = features_of(pa.schema(fields)) | {column: {"_type": wanted["feature"]}}
    if known is None and wanted["labels"]:
        features["label"] = {"names": list(wanted["labels"]), "_type": "ClassLabel"}
    # So that the `datasets` library takes the column for pictures or sounds.
    schema = pa.schema(fields, {"huggingface": json.dumps({"info": {"features": features}})})
    rows, size = write(tables(wanted, known, schema), schema, wanted["target"])
    return {"rows": rows, "bytes": size, "features": features, "partial": False}


def described(wanted: dict[str, Any], numbers: dict[str, int]) -> pa.Table:
    """The rows of the tables that tell of these files, in their order; FILE_NAME holds the files' numbers."""
    found: list[pa.Table] = []
    for at, table in enumerate(wanted["tables"], start=len(wanted["files"])):
        rows = read_table(table, at)
        if FILE_NAME not in rows.column_names:
            raise sources.Unreadable(f"{table['name']} has no column `{FILE_NAME}`.")
        folder = posixpath.dirname(table["name"])
        names = [
            posixpath.normpath(posixpath.join(folder, str(name))) for name in rows[FILE_NAME].to_pylist()
        ]
        kept = [(row, numbers[name]) for row, name in enumerate(names) if name in numbers]
        own = rows.take(pa.array([row for row, _number in kept], pa.int64()))
        index = own.column_names.index(FILE_NAME)
        found.append(
            own.set_column(index, FILE_NAME, pa.array([number for _row, number in kept], pa.int64()))
        )
    return pa.concat_tables(found, promote_options="permissive")


def read_table(table: dict[str, Any], number: int) -> pa.Table:
    if table["size"] > MAX_TABLE_BYTES:
        raise sources.Unreadable(f"{table['name']} may have {MAX_TABLE_BYTES // 1_000_000} MB.")

    def open_file() -> io.BufferedIOBase:
        return io.BufferedReader(raw(table, number), 1 << 20)

    if table["name"].endswith(".csv"):
        schema, made = sources.read_csv(open_file, delimiter_of(table["name"]))
    else:
        schema, made = sources.read_json(open_file)
    return pa.concat_tables([schema.empty_table(), *made()], promote_options="permissive")


def tables(wanted: dict[str, Any], known: pa.Table | None, schema: pa.Schema) -> Iterator[pa.Table]:
    """In pieces of a few megabytes: the bytes of no more than one piece are held."""
    files, column = wanted["files"], wanted["column"]
    chosen = known[FILE_NAME].to_pylist() if known is not None else list(range(len(files)))
    start = size = 0
    for at, number in enumerate(chosen):
        size += files[number]["size"]
        if at + 1 < len(chosen) and at + 1 - start < PIECE_ROWS and size < PIECE_BYTES:
            continue
        part = chosen[start : at + 1]
        columns = {column: pa.array([content(files[each], each) for each in part], CONTENT)}
        if known is not None:
            rest = known.slice(start, len(part))
            columns |= {name: rest[name] for name in schema.names if name != column}
        elif wanted["labels"]:
            names = [posixpath.basename(posixpath.dirname(files[each]["name"])) for each in part]
            columns["label"] = pa.array([wanted["labels"].index(name) for name in names], pa.int64())
        yield pa.table(columns, schema=schema)
        start, size = at + 1, 0


def content(file: dict[str, Any], number: int) -> dict[str, Any]:
    return {"bytes": raw(file, number).readall(), "path": posixpath.basename(file["name"])}


def raw(file: dict[str, Any], number: int) -> io.RawIOBase:
    return io.FileIO(file["path"]) if file["path"] else Asked(file["size"], number)


if __name__ == "__main__":
    main(order())
