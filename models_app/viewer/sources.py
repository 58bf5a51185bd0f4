"""Data files as tables of one schema, a bounded piece at a time. Part of the converting program."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.json as pj
import pyarrow.parquet as pq

PIECE_BYTES = 16_000_000
MAX_LINE_BYTES = 64_000_000
# A file that is one JSON value has to be read whole.
MAX_WHOLE_BYTES = 100_000_000
MAX_COLUMNS = 2_000
MAX_ATTEMPTS = 200
CSV_COLUMN = re.compile(r"CSV column #(\d+)")
# What a column becomes when a later value does not fit what the first ones were.
WIDER = {"null": pa.int64(), "int64": pa.float64()}

Open = Callable[[], io.BufferedIOBase]
Tables = Iterator[pa.Table]


class Unreadable(ValueError):
    """Why a file cannot be read as rows, in a sentence for its author."""


class Bounded(io.RawIOBase):
    """The first `limit` bytes of a stream, up to the end of the last whole line."""

    def __init__(self, stream: io.BufferedIOBase, limit: int) -> None:
        super().__init__()
        self._stream, self._left, self.is_cut = stream, limit, False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.is_cut:
            return 0
        data = self._stream.read(len(buffer))
        if len(data) > self._left:
            self.is_cut = True
            data = data[: data.rfind(b"\n", 0, self._left) + 1]
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def opened(raw: io.RawIOBase, compression: str) -> io.BufferedIOBase:
    buffered = io.BufferedReader(raw, 1 << 20)
    if compression == "gzip":
        return cast("io.BufferedIOBase", gzip.GzipFile(fileobj=buffered))
    if compression == "bz2":
        return bz2.BZ2File(buffered)
    if compression == "xz":
        return lzma.LZMAFile(buffered)
    if compression == "zstd":
        return cast("io.BufferedIOBase", pa.CompressedInputStream(pa.PythonFile(buffered), "zstd"))
    return buffered


# --- CSV ------------------------------------------------------------------------------------------


def read_csv(open_file: Open, delimiter: str) -> tuple[pa.Schema, Callable[[], Tables]]:
    """Types are what the first rows suggest, wider where later rows need it. Dates stay text."""
    types: dict[str, pa.DataType] = {}
    for _ in range(MAX_ATTEMPTS):
        schema = _csv_schema(open_file, delimiter, types)
        if schema is not None:
            break
    else:
        raise Unreadable("The columns of the file hold values of too many kinds.")

    def tables() -> Tables:
        for batch in _csv_batches(open_file, delimiter, types):
            yield pa.Table.from_batches([batch])

    return schema, tables


def _csv_schema(open_file: Open, delimiter: str, types: dict[str, pa.DataType]) -> pa.Schema | None:
    """What fits every row; None when `types` had to be made wider, to be tried again."""
    schema: pa.Schema | None = None
    try:
        for batch in _csv_batches(open_file, delimiter, types):
            schema = batch.schema
            if moments := _moments(schema):
                types |= dict.fromkeys(moments, pa.string())
                return None
    except pa.ArrowInvalid as error:
        names = schema.names if schema else _csv_names(open_file, delimiter)
        _widen(types, names, schema, error)
        return None
    if schema is None:
        raise Unreadable("The file has no rows.")
    return schema


def _csv_batches(open_file: Open, delimiter: str, types: dict[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    try:
        reader = pc.open_csv(
            pa.PythonFile(open_file(), mode="r"),
            read_options=pc.ReadOptions(use_threads=False, block_size=PIECE_BYTES),
            parse_options=pc.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pc.ConvertOptions(
                column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            raise Unreadable("The file is empty.") from None
        raise
    names = reader.schema.names
    if len(names) > MAX_COLUMNS or len(set(names)) < len(names):
        raise Unreadable(f"A table has at most {MAX_COLUMNS} columns, each with a name of its own.")
    yield from reader


def _csv_names(open_file: Open, delimiter: str) -> list[str]:
    """The header, for a file whose first piece already holds values that do not fit each other."""
    import csv

    first = open_file().readline(MAX_LINE_BYTES).decode("utf-8-sig", "replace")
    return next(csv.reader([first.rstrip("\r\n")], delimiter=delimiter), [])


def _moments(schema: pa.Schema) -> list[str]:
    return [
        field.name
        for field in schema
        if pa.types.is_temporal(field.type) and not pa.types.is_duration(field.type)
    ]


def _widen(
    types: dict[str, pa.DataType], names: list[str], schema: pa.Schema | None, error: pa.ArrowInvalid
) -> None:
    found = CSV_COLUMN.search(str(error))
    if found is None or int(found[1]) >= len(names):
        raise Unreadable(f"The file is no CSV: {str(error)[:200]}")
    name = names[int(found[1])]
    known = types.get(name) or (schema.field(name).type if schema else pa.null())
    if known == pa.string():
        raise Unreadable(f"The column {name} is no UTF-8 text.")
    types[name] = WIDER.get(str(known), pa.string())


# --- JSON -----------------------------------------------------------------------------------------


def read_json(open_file: Open) -> tuple[pa.Schema, Callable[[], Tables]]:
    """Objects, one a line, or one array of objects, or one object of lists.

    A column whose values do not share a type becomes text: strings as they are, the rest as JSON.
    """
    texts: set[str] = set()
    schema: pa.Schema | None = None
    for _ in range(MAX_ATTEMPTS):
        schema, before = None, len(texts)
        for table in _json_tables(open_file, None, texts):
            schema = table.schema if schema is None else _joined(schema, table.schema, texts)
            if len(texts) > before:
                break
        if len(texts) == before:
            break
    if schema is None:
        raise Unreadable("The file has no rows.")
    if len(schema) > MAX_COLUMNS:
        raise Unreadable(f"A table has at most {MAX_COLUMNS} columns.")
    final = schema
    return final, lambda: _json_tables(open_file, final, texts)


def _joined(known: pa.Schema, new: pa.Schema, texts: set[str]) -> pa.Schema:
    try:
        return pa.unify_schemas([known, new], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        for name in set(known.names) & set(new.names):
            pair = [pa.schema([known.field(name)]), pa.schema([new.field(name)])]
            try:
                pa.unify_schemas(pair, promote_options="permissive")
            except (pa.ArrowInvalid, pa.ArrowTypeError):
                texts.add(name)
        return known


def _json_tables(open_file: Open, schema: pa.Schema | None, texts: set[str]) -> Tables:
    pieces = _pieces(open_file())
    for number, piece in enumerate(pieces):
        if number == 0 and not _is_line(piece):
            yield _from_rows(_whole(piece, pieces), texts)
            return
        yield _from_lines(piece, schema, texts)


def _is_line(piece: bytes) -> bool:
    try:
        return isinstance(json.loads(piece.lstrip().partition(b"\n")[0]), dict)
    except (ValueError, RecursionError):
        return False


def _pieces(file: io.BufferedIOBase) -> Iterator[bytes]:
    """Whole lines, about PIECE_BYTES at a time."""
    rest = b""
    while block := file.read(PIECE_BYTES):
        end = block.rfind(b"\n") + 1
        if not end:
            rest += block
            if len(rest) > MAX_LINE_BYTES:
                yield rest
                rest = b""
            continue
        yield rest + block[:end]
        rest = block[end:]
    if rest.strip():
        yield rest


def _whole(start: bytes, others: Iterator[bytes]) -> list[dict[str, Any]]:
    data = start
    for piece in others:
        data += piece
        if len(data) > MAX_WHOLE_BYTES:
            raise Unreadable(
                f"A file that is one JSON value may have {MAX_WHOLE_BYTES // 1_000_000} MB; "
                "write one object a line."
            )
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The file is no JSON: {str(error)[:200]}") from None
    if isinstance(value, dict):
        columns = list(value.values())
        if columns and all(isinstance(each, list) and len(each) == len(columns[0]) for each in columns):
            return [dict(zip(value, row, strict=True)) for row in zip(*columns, strict=True)]
        return [value]
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Unreadable("The rows of a JSON file must be objects.")
    return value


def _from_lines(piece: bytes, schema: pa.Schema | None, texts: set[str]) -> pa.Table:
    if not texts:
        try:
            table = pj.read_json(
                io.BytesIO(piece),
                read_options=pj.ReadOptions(use_threads=False, block_size=max(len(piece), 1024)),
                parse_options=pj.ParseOptions(explicit_schema=schema),
            )
            if not any(_is_hollow(field.type) for field in table.schema):
                return table
        except pa.ArrowInvalid:
            pass
    rows = []
    for number, line in enumerate(piece.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"A line is no JSON: {str(error)[:200]}") from None
        if not isinstance(row, dict):
            raise Unreadable(f"Line {number} is no JSON object.")
        rows.append(row)
    return _from_rows(rows, texts)


def _from_rows(rows: list[dict[str, Any]], texts: set[str]) -> pa.Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > MAX_COLUMNS:
        raise Unreadable(f"A table has at most {MAX_COLUMNS} columns.")
    return pa.table({name: _column(name, rows, texts) for name in names})


def _column(name: str, rows: list[dict[str, Any]], texts: set[str]) -> pa.Array:
    values = [row.get(name) for row in rows]
    if name not in texts:
        try:
            column = pa.array(values)
            if not _is_hollow(column.type):
                return column
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
            pass
        texts.add(name)
    return pa.array([each if each is None or isinstance(each, str) else _dumped(each) for each in values])


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is_hollow(kind: pa.DataType) -> bool:
    """Objects without any field, which Parquet cannot hold."""
    if pa.types.is_struct(kind):
        return kind.num_fields == 0 or any(_is_hollow(field.type) for field in kind)
    return (pa.types.is_list(kind) or pa.types.is_large_list(kind)) and _is_hollow(kind.value_type)


# --- Text and Parquet -----------------------------------------------------------------------------


def read_text(open_file: Open) -> tuple[pa.Schema, Callable[[], Tables]]:
    """One row a line."""
    schema = pa.schema([("text", pa.string())])

    def tables() -> Tables:
        for piece in _pieces(open_file()):
            lines = piece.decode("utf-8", "replace").removeprefix("﻿").split("\n")
            lines = lines[:-1] if lines and not lines[-1] else lines
            yield pa.table({"text": pa.array([line.rstrip("\r") for line in lines], pa.string())})

    return schema, tables


def read_parquet(raw: Any, *, most_bytes: int) -> tuple[pa.Schema, Callable[[], Tables], bool]:
    """Also whether groups of rows were left out, for their size."""
    try:
        file = pq.ParquetFile(
            raw,
            pre_buffer=False,
            thrift_string_size_limit=MAX_LINE_BYTES,
            thrift_container_size_limit=1_000_000,
        )
    except (pa.ArrowInvalid, OSError) as error:
        raise Unreadable(f"The file is no Parquet: {str(error)[:200]}") from None
    schema = file.schema_arrow
    if len(schema) > MAX_COLUMNS or len(set(schema.names)) < len(schema):
        raise Unreadable(f"A table has at most {MAX_COLUMNS} columns, each with a name of its own.")
    groups, size = list[int](), 0
    for number in range(file.num_row_groups):
        size += file.metadata.row_group(number).total_byte_size
        if size > most_bytes and groups:
            break
        groups.append(number)

    def tables() -> Tables:
        for batch in file.iter_batches(batch_size=1_000, row_groups=groups, use_threads=False):
            yield pa.Table.from_batches([batch])

    return schema, tables, len(groups) < file.num_row_groups
