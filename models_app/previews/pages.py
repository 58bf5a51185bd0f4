"""A page of rows of a Parquet file: of all of them, of those where a number lies between two bounds, or of
some by their numbers.

The reading itself is done by `page_program` in a process of its own, which may die.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from models_app.previews import programs
from models_app.previews.reading import ReadRange

BYTE_BUDGET = 64_000_000
SECONDS = 20
PROGRAM = "models_app.previews.page_program"
_turns = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both belong to it."""

    column: str
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class RowPage:
    """`numbers` are the rows' positions in the file, `total` how many fit the bounds. A cell is a text, or
    None where the file holds nothing."""

    columns: list[str]
    numbers: list[int]
    rows: list[list[str | None]]
    total: int

    def cells(self, at: int) -> dict[str, str | None]:
        return dict(zip(self.columns, self.rows[at], strict=True))


def read(
    read: ReadRange, size: int, offset: int, length: int, bounds: Bounds | None = None
) -> RowPage | None:
    """None when the file cannot be read so: no Parquet, too large to unpack, or without that column."""
    order: dict[str, Any] = {"offset": offset, "length": length}
    if bounds is not None:
        order |= {"column": bounds.column, "least": bounds.least, "most": bounds.most}
    return _asked(read, size, order)


def read_rows(
    read: ReadRange, size: int, numbers: Collection[int], columns: Collection[str]
) -> RowPage | None:
    """The rows with these numbers, as far as there are such, in their order in the file, and of the named
    columns those that are there. None as for `read`."""
    order = {"offset": 0, "length": len(numbers), "numbers": list(numbers), "columns": list(columns)}
    return _asked(read, size, order)


def _asked(read: ReadRange, size: int, order: dict[str, Any]) -> RowPage | None:
    if size < 12 or not _turns.acquire(timeout=SECONDS):
        return None
    order["size"] = size
    try:
        said = programs.converse(PROGRAM, order, [read], seconds=SECONDS, budget=BYTE_BUDGET)
    finally:
        _turns.release()
    if "page" not in said:
        return None
    page = said["page"]
    return RowPage([name for name, _ in said["schema"]], page["numbers"], page["rows"], page["total"])
