"""The schema and the first rows of a Parquet file, from its footer and the first pages it needs.

The reading itself is done by `parquet_program` in a process of its own, which may die.
"""

from __future__ import annotations

import threading
from typing import Any

from django.utils.translation import gettext

from models_app.previews import programs
from models_app.previews.reading import ReadRange
from models_app.previews.tables import Column, TablePreview

# The footer of a file with thousands of row groups is some megabytes; pages of text columns about one.
BYTE_BUDGET = 24_000_000
SECONDS = 20
PROGRAM = "models_app.previews.parquet_program"
# Each takes a core and up to 100 MB; further readers wait for their turn.
_turns = threading.BoundedSemaphore(2)


def page(read: ReadRange, size: int) -> TablePreview | None:
    """None when the file is not readable as Parquet. Fetches BYTE_BUDGET bytes and takes SECONDS at
    most; beyond, the schema comes without rows."""
    if size < 12 or not _turns.acquire(timeout=SECONDS):
        return None
    try:
        said = programs.converse(PROGRAM, size, [read], seconds=SECONDS, budget=BYTE_BUDGET)
    finally:
        _turns.release()
    return _preview(said)


def _preview(said: dict[str, Any]) -> TablePreview | None:
    if "schema" not in said:
        return None
    columns, row_count, row_groups = said["schema"]
    rows = said.get("rows", [])
    return TablePreview(
        [Column(*column) for column in columns],
        rows,
        truncated=row_count > len(rows),
        row_count=row_count,
        row_groups=row_groups,
        note="" if "rows" in said else gettext("The rows cannot be shown here."),
    )
