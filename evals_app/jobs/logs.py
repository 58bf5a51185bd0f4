"""How much of an engine's output is kept."""

from __future__ import annotations

import re

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
