"""Values of a table as JSON, bounded. Part of the reading program."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from typing import Any

MAX_TEXT, MAX_ITEMS, MAX_DEPTH = 10_000, 1_000, 20
MAX_CELL_BYTES = 100_000


class Cell:
    """One value, made plain; `is_cut` when not all of it is told."""

    def __init__(self) -> None:
        self.is_cut = False
        self._left = MAX_CELL_BYTES

    def plain(self, value: Any, depth: int = 0) -> Any:
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, bytes):
            return {"bytes": len(value)}
        if depth >= MAX_DEPTH:
            return self._text(str(value))
        return self._nested(value, depth)

    def _nested(self, value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            return {str(key): self.plain(inner, depth + 1) for key, inner in self._some(value.items())}
        if isinstance(value, list | tuple):
            return [self.plain(inner, depth + 1) for inner in self._some(value)]
        if isinstance(value, datetime | date | time):
            return value.isoformat()
        return str(value.total_seconds() if isinstance(value, timedelta) else value)

    def _text(self, value: str) -> str:
        most = max(0, min(MAX_TEXT, self._left))
        self._left -= min(len(value), most)
        if len(value) <= most:
            return value
        self.is_cut = True
        return value[:most] + "…"

    def _some(self, items: Any) -> Any:
        for at, item in enumerate(items):
            self._left -= 8
            if at >= MAX_ITEMS or self._left <= 0:
                self.is_cut = True
                return
            yield item
