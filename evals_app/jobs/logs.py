"""How much of an engine's output is kept, and how what is kept falls into lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

# A job that prints without end must not fill the database. In characters, over all attempts.
LOG_LIMIT = 5_000_000
CHUNK_LIMIT = 64_000
TRUNCATION_NOTICE = "\n[The log is cut here: it passed five million characters.]\n"


# Colours and cursor moves of terminals.
ESCAPES = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]")


def clean(text: str) -> str:
    """As a terminal would show it: of a progress bar only its last state. NUL, which PostgreSQL
    cannot keep, goes."""
    plain = ESCAPES.sub("", text.replace("\x00", "").replace("\r\n", "\n"))
    start = "\n" if plain.startswith("\r") else ""
    return start + "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in plain.split("\n"))


def within_limit(kept: int, text: str) -> str:
    """What of `text` still fits after `kept` characters, closed by one notice when it does not fit."""
    if kept >= LOG_LIMIT:
        return ""
    if kept + len(text) <= LOG_LIMIT:
        return text
    return text[: LOG_LIMIT - kept] + TRUNCATION_NOTICE


def chunks(text: str) -> list[str]:
    return [text[start : start + CHUNK_LIMIT] for start in range(0, len(text), CHUNK_LIMIT)]


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts from 1 over all attempts; `at` is when its beginning was kept."""

    number: int
    attempt: int
    text: str
    at: datetime


class LineReader:
    """Puts pieces together again to the lines that the engine printed.

    The same pieces always give the same lines with the same numbers, whenever they are read: clients
    that connect again count on it. A line without an end waits for its end, the next attempt or `end`.
    """

    def __init__(self) -> None:
        self._begun: tuple[str, int, datetime] | None = None
        self._number = 0

    def feed(self, text: str, attempt: int, at: datetime) -> Iterator[Line]:
        if self._begun is not None and self._begun[1] != attempt:
            yield from self.end()
        start, _attempt, since = self._begun or ("", attempt, at)
        *whole, rest = (start + text).split("\n")
        for place, line in enumerate(whole):
            yield self._line(line, attempt, at if place else since)
        self._begun = (rest, attempt, at if whole else since) if rest else None

    def end(self) -> Iterator[Line]:
        if self._begun is not None:
            begun, self._begun = self._begun, None
            yield self._line(*begun)

    def _line(self, text: str, attempt: int, at: datetime) -> Line:
        self._number += 1
        return Line(self._number, attempt, text, at)
