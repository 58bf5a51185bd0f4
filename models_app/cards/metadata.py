"""From a card, a file list and a config to what lists search and filter by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class CardIndex:
    """The columns and tags of one repository. `tags` are pairs of tag and kind, each tag once."""

    title: str = ""
    summary: str = ""
    task: str = ""
    library: str = ""
    licence: str = ""
    tags: list[tuple[str, str]] = field(default_factory=list)
    card_data: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    parameters: int | None = None
    parameters_by_dtype: dict[str, int] = field(default_factory=dict)
