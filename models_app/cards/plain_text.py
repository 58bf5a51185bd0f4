"""A line of plain text out of Markdown, for lists and search."""

from __future__ import annotations

import re

HEADING = re.compile(r"^#\s+(.+?)\s*#*\s*$", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
COMMENT_OR_TAG = re.compile(r"<!--.*?-->|<[^>\n]{1,500}>", re.DOTALL)
IMAGE = re.compile(r"!\[[^\]\n]{0,500}\]\([^)\n]{0,1000}\)")
LINK = re.compile(r"\[([^\]\n]{1,500})\]\([^)\n]{0,1000}\)")
MARKS = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)")
# Lines that are no prose: headings, lists, tables, quotes, rules.
NO_PROSE = re.compile(r"^(#|[-*+] |\d+\. |\||>|-{3}|={3}|\[!)")
# More is never shown; it bounds the work on a long card.
LOOK_AT = 20_000


def heading(markdown: str) -> str:
    """The first top heading, without its marks."""
    match = HEADING.search(FENCE.sub("", markdown[:LOOK_AT]))
    return inline(match[1]) if match else ""


def summary(markdown: str, length: int) -> str:
    """The first paragraph of prose, cut at a word to `length` characters."""
    text = COMMENT_OR_TAG.sub("", FENCE.sub("", markdown[:LOOK_AT]))
    for paragraph in re.split(r"\n\s*\n", text):
        prose = [line.strip() for line in paragraph.splitlines() if not NO_PROSE.match(line.strip())]
        if line := inline(" ".join(prose)):
            return shorten(line, length)
    return ""


def inline(text: str) -> str:
    text = LINK.sub(r"\1", IMAGE.sub("", COMMENT_OR_TAG.sub("", text)))
    return " ".join(MARKS.sub("", text).split())


def shorten(line: str, length: int) -> str:
    if len(line) <= length:
        return line
    return line[: length - 1].rsplit(" ", 1)[0] + "…"
