"""Pages of rows by cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page. `next_cursor` asks for the one after it, and is empty on the last."""

    items: list[Item]
    next_cursor: str = ""


def cut(rows: list[Item], limit: int, cursor: str) -> Page[Item]:
    """A page out of up to `limit + 1` rows: the one too many only tells that there is more."""
    return Page(rows[:limit], cursor if len(rows) > limit else "")
