"""The first rows of a CSV, TSV or JSON-lines file, as plain text cells."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from models_app.previews.cells import MAX_COLUMNS, MAX_ROWS, shorten, show
from models_app.previews.reading import ReadRange, read_start
from models_app.previews.text import decode

MAX_BYTES = 512_000


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class TablePreview:
    """`rows` are texts as they are shown; `row_count` is known only where the format tells it.
    `truncated` when there are more rows than these."""

    columns: list[Column]
    rows: list[list[str]]
    truncated: bool
    row_count: int | None = None
    row_groups: int | None = None
    note: str = ""

    @property
    def cells(self) -> list[list[tuple[str, bool]]]:
        """The rows, each text with whether its column holds numbers."""
        flags = [column.is_number for column in self.columns]
        return [[(text, at < len(flags) and flags[at]) for at, text in enumerate(row)] for row in self.rows]


def read_csv(read: ReadRange, size: int, *, delimiter: str = ",") -> TablePreview | None:
    """None when the file is no text table."""
    text = _whole_lines(read, size)
    if text is None:
        return None
    try:
        rows = _first_rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return None
    if not rows:
        return None
    header, body = rows[0], rows[1 : MAX_ROWS + 1]
    columns = [
        Column(name, is_number=_all_numbers(body, index)) for index, name in enumerate(header[:MAX_COLUMNS])
    ]
    cells = [[shorten(value) for value in row[:MAX_COLUMNS]] for row in body]
    return TablePreview(columns, cells, truncated=len(rows) > MAX_ROWS + 1 or size > MAX_BYTES)


def read_json_lines(read: ReadRange, size: int) -> TablePreview | None:
    """One row for each object; None when a line is not a JSON object."""
    text = _whole_lines(read, size)
    lines = [line for line in (text or "").splitlines() if line.strip()]
    try:
        objects = [json.loads(line) for line in lines[:MAX_ROWS]]
    except (ValueError, RecursionError):
        return None
    if not objects or not all(isinstance(each, dict) for each in objects):
        return None
    names = list(dict.fromkeys(str(name) for each in objects for name in each))[:MAX_COLUMNS]
    columns = [Column(name, is_number=_numbers(each.get(name) for each in objects)) for name in names]
    rows = [[show(each[name]) if name in each else "" for name in names] for each in objects]
    return TablePreview(columns, rows, truncated=len(lines) > MAX_ROWS or size > MAX_BYTES)


def _whole_lines(read: ReadRange, size: int) -> str | None:
    data = read_start(read, size, MAX_BYTES)
    text = decode(data, complete=size <= MAX_BYTES)
    if text is None or size <= MAX_BYTES:
        return text
    return text[: text.rfind("\n") + 1]


def _first_rows(reader: Any) -> list[list[str]]:
    rows = []
    for row in reader:
        rows.append(row)
        if len(rows) > MAX_ROWS + 1:
            break
    return rows


def _all_numbers(rows: list[list[str]], index: int) -> bool:
    values = [row[index] for row in rows if index < len(row) and row[index]]
    return bool(values) and all(_is_number(value) for value in values)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(values: Any) -> bool:
    present = [value for value in values if value is not None]
    return bool(present) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in present
    )
