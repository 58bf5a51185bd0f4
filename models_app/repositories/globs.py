"""Git's path patterns, matched in time that grows with pattern and path, never faster.

Patterns come with uploads. One regular expression for a whole pattern would let `*a*a*a*a*b` keep the
process busy for hours; here each star is settled at its first fit, which loses no match.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

CLASS = re.compile(r"\[!?\]?(?:\[:[a-z]+:\]|[^\]/])*\]")
NAMED_CLASSES = {"[:space:]": r"\s", "[:digit:]": r"\d", "[:alnum:]": r"\w", "[:alpha:]": "A-Za-z"}
# Beyond any path, with room for escapes.
MAX_PATTERN_CHARACTERS = 16_384
ANY_NAME = re.compile(r"[^/]+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Glob:
    """One pattern for each segment of a path; None stands for `**`, any number of segments."""

    segments: tuple[re.Pattern[str] | None, ...]

    def matches(self, path: str) -> bool:
        return _match(self.segments, path.split("/"))


def compile_glob(pattern: str) -> Glob | None:
    """A pattern without a slash fits a name in any folder, others begin at the top. None when malformed."""
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        return None
    anchored = "/" in pattern
    words = pattern.removeprefix("/").split("/")
    try:
        segments = [None if word == "**" else re.compile(_segment(word), re.DOTALL) for word in words]
    except re.error:
        return None
    if words[-1] == "**":
        segments.append(ANY_NAME)  # `a/**` is what lies in `a`, not `a` itself
    return Glob(tuple(segments if anchored else [None, *segments]))


def _match(wanted: Sequence[re.Pattern[str] | None], names: list[str]) -> bool:
    """Only the last `**` is ever moved: an earlier one cannot help where a later one failed."""
    at, place, retry, mark = 0, 0, -1, 0
    while place < len(names):
        here = wanted[at] if at < len(wanted) else ANY_NAME
        if here is None:
            retry, mark, at = at, place, at + 1
        elif at < len(wanted) and here.fullmatch(names[place]):
            at, place = at + 1, place + 1
        elif retry >= 0:
            mark += 1
            at, place = retry + 1, mark
        else:
            return False
    return all(rest is None for rest in wanted[at:])


def _segment(word: str) -> str:
    """One segment as an expression; each star but the last takes the first fit and is done."""
    parts: list[list[str]] = [[]]
    position = 0
    while position < len(word):
        part, length = _token(word[position:])
        if part == "*":
            if parts[-1] or len(parts) == 1:
                parts.append([])
        else:
            parts[-1].append(part)
        position += length
    first, *starred = ("".join(part) for part in parts)
    if not starred:
        return first
    *middle, last = starred
    return first + "".join(f"(?>.*?{part})" for part in middle) + f".*{last}"


def _token(rest: str) -> tuple[str, int]:
    if rest[0] == "*":
        return "*", 1
    if rest[0] == "?":
        return "[^/]", 1
    if rest[0] == "[" and (match := CLASS.match(rest)):
        return _character_class(match[0][1:-1]), match.end()
    if rest[0] == "\\" and len(rest) > 1:
        return re.escape(rest[1]), 2
    return re.escape(rest[0]), 1


def _character_class(inner: str) -> str:
    inner = inner.replace("\\", "\\\\")
    for name, spelling in NAMED_CLASSES.items():
        inner = inner.replace(name, spelling)
    return f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
