"""One value of a table as the text of a cell. Imports nothing of ours: the Parquet program uses it too."""

from __future__ import annotations

import json
from typing import Any

MAX_ROWS = 50
MAX_COLUMNS = 60
MAX_CELL_CHARACTERS = 400


def show(value: Any) -> str:
    """Strings as they are, structures as JSON, never more than a glance."""
    if value is None:
        return ""
    if isinstance(value, str):
        return shorten(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return shorten(json.dumps(value, ensure_ascii=False, default=_odd))


def shorten(text: str) -> str:
    return text if len(text) <= MAX_CELL_CHARACTERS else text[:MAX_CELL_CHARACTERS] + "…"


def _odd(value: Any) -> str:
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)
