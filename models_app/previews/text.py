"""Text with its syntax marked, within bounds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from pygments import format as pygments_format
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.token import Token
from pygments.util import ClassNotFound

MAX_SHOWN_BYTES = 512_000
MAX_HIGHLIGHTED_BYTES = 128_000
MAX_SECONDS = 1.0
# One line of a minified file must not widen the page's memory for nothing.
MAX_LINE_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class HighlightedText:
    """`lines` hold safe HTML, one line each; `truncated` when the file goes on."""

    lines: list[SafeString]
    language: str
    truncated: bool


def decode(data: bytes, *, complete: bool) -> str | None:
    """The text, or None when these are not the bytes of a UTF-8 text.

    An incomplete text may end in the middle of a character.
    """
    if b"\0" in data[:8000]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not complete and error.start >= len(data) - 3:
            return data[: error.start].decode("utf-8-sig")
        return None


def highlight(name: str, text: str, *, truncated: bool = False) -> HighlightedText:
    """Marks the syntax that the file's name promises; very long lines are cut."""
    lines = [_cut(line) for line in text.splitlines()]
    shown = "\n".join(lines)
    lexer = _lexer(name) if len(shown) <= MAX_HIGHLIGHTED_BYTES else TextLexer()
    tokens = _tokens(lexer, shown + "\n")
    # Every span is closed at the end of its line, so that each line stands for itself.
    html = pygments_format(tokens, HtmlFormatter(nowrap=True)) if lines else ""
    safe = [SafeString(line) for line in html.split("\n")[: len(lines)]]
    return HighlightedText(safe, str(lexer.name), truncated)


def _cut(line: str) -> str:
    return line if len(line) <= MAX_LINE_CHARACTERS else line[:MAX_LINE_CHARACTERS] + " …"


def _tokens(lexer: Lexer, shown: str) -> list[tuple[Any, str]]:
    """The marked parts of the text; of one that takes too long the text alone."""
    end = time.monotonic() + MAX_SECONDS
    tokens: list[tuple[Any, str]] = []
    for token in lexer.get_tokens(shown):
        tokens.append(token)
        if len(tokens) % 256 == 0 and time.monotonic() > end:
            return [(Token.Text, shown)]
    return tokens


def _lexer(name: str) -> Lexer:
    options = {"stripnl": False, "ensurenl": False}
    try:
        return get_lexer_for_filename(name.rpartition("/")[2], **options)
    except ClassNotFound:
        return TextLexer(**options)
