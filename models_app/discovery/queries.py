"""What a list of repositories is asked for, and what it answers: plain values."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.core.errors import InvalidInput
from models_app.repositories.models import Repository

SortName = Literal[
    "updated", "created", "trending", "downloads", "likes", "recent_likes", "parameters", "size", "name"
]
# The column of each order; all run from the largest down, names from A on.
SORT_COLUMNS: dict[str, str] = {
    "updated": "updated_at",
    "created": "created_at",
    "trending": "trending",
    "downloads": "downloads",
    "likes": "likes",
    "recent_likes": "recent_likes",
    "size": "main_bytes",
    "parameters": "parameters",
    "name": "key",
}
DEFAULT_LIMIT, MAX_LIMIT = 30, 1000


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Conditions hold together (AND). `search` are parts of `namespace/name`, `text` are words of name,
    title, summary and labels. `tags` are tags as stored; a bare language (`fr`) is understood too."""

    type: str | None = None
    text: str = ""
    search: tuple[str, ...] = ()
    author: str = ""
    tags: tuple[str, ...] = ()
    task: str = ""
    library: str = ""
    licence: str = ""
    language: str = ""
    gated: bool | None = None
    min_parameters: int | None = None
    max_parameters: int | None = None
    sort: SortName = "trending"
    cursor: str = ""
    limit: int = DEFAULT_LIMIT


@dataclass(frozen=True, slots=True)
class ListPage:
    """Repositories with namespace and `tag_rows` loaded. `next_cursor` is empty on the last page."""

    repositories: list[Repository]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """How many repositories each value would leave, the most frequent first."""

    tasks: list[FacetValue] = field(default_factory=list)
    libraries: list[FacetValue] = field(default_factory=list)
    licences: list[FacetValue] = field(default_factory=list)
    languages: list[FacetValue] = field(default_factory=list)
    organizations: list[FacetValue] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the sort it belongs to, the value there, and the row's id."""

    sort: str
    value: Any
    row: int

    def __str__(self) -> str:
        packed = json.dumps([self.sort, self.value, self.row], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode()


def read_cursor(text: str, sort: str) -> Cursor | None:
    """None for the first page. Raises InvalidInput for what this hub did not give, or gave for
    another order."""
    if not text:
        return None
    try:
        packed = json.loads(base64.urlsafe_b64decode(text[:1000]))
        found = Cursor(*packed)
    except (binascii.Error, ValueError, TypeError):
        found = None
    if found is None or found.sort != sort or not isinstance(found.row, int):
        raise InvalidInput("The cursor is not one that this hub gave for this list.")
    return found
