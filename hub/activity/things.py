"""What an event is about, as it was called then."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thing:
    """`kind` is a word such as `repository` or `job`; `id` its key as text; `url` a path on this site."""

    kind: str
    id: str
    name: str
    url: str = ""
