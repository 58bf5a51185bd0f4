"""What a reader asks of the rows: `"age" > 30 AND "name" = 'Ada'`, `"age" DESC`.

The text becomes a tree of plain values that the reading program evaluates on columns; no part of it is
ever a query of any language. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from hub.core.errors import InvalidInput

# A condition as JSON: ["and" | "or", left, right], ["not", inner], ["null", column, is_null],
# ["compare", column, operator, value], ["in", column, values], ["like", column, pattern, ignores_case].
Condition = list[Any]

MAX_CHARACTERS, MAX_TOKENS, MAX_DEPTH = 4_000, 400, 50
TOKEN = re.compile(
    r"""\s*(?:
        (?P<quoted>"(?:[^"]|"")*") | (?P<text>'(?:[^']|'')*')
        | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
        | (?P<operator><>|<=|>=|!=|==|=|<|>) | (?P<mark>[(),])
        | (?P<word>[^\W\d][\w.]*)
    )""",
    re.VERBOSE,
)
ORDER = re.compile(r"(?P<name>.+?)(?:\s+(?P<direction>asc|desc))?", re.IGNORECASE | re.DOTALL)
WORDS = {"and", "or", "not", "is", "null", "in", "like", "ilike", "between", "true", "false"}
COMPARISONS = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is word, column, value, operator or mark."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Order:
    column: str
    descending: bool


def parse_where(text: str, columns: Collection[str]) -> Condition | None:
    """None for an empty text. Raises InvalidInput with `field` where."""
    if not text.strip():
        return None
    parser = _Parser(_tokens(text), columns)
    condition = parser.either()
    if parser.left():
        raise _wrong(f"unexpected {parser.shown()}")
    return condition


def parse_order(text: str, columns: Collection[str]) -> Order | None:
    """`"column"`, `"column" ASC` or `"column" DESC`; quotes may be left out of a plain name."""
    match = ORDER.fullmatch(text.strip()) if len(text) <= MAX_CHARACTERS else None
    if match is None:
        if text.strip():
            raise InvalidInput('The order cannot be read. Write it as "column" DESC.', field="orderby")
        return None
    name = match["name"]
    if name not in columns and len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1].replace('""', '"')
    if name not in columns:
        raise InvalidInput(f"There is no column {name[:80]!r} to sort by.", field="orderby")
    return Order(name, (match["direction"] or "").lower() == "desc")


def _wrong(reason: str) -> InvalidInput:
    return InvalidInput(
        f"The filter cannot be read: {reason}. "
        'Write it as "column" > 1 AND "other" = \'text\', or use IN, LIKE, BETWEEN, IS NULL, NOT, OR.',
        field="where",
    )


def _tokens(text: str) -> list[Token]:
    if len(text) > MAX_CHARACTERS:
        raise _wrong(f"it has more than {MAX_CHARACTERS} characters")
    text, position, found = text.rstrip(), 0, list[Token]()
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None or len(found) >= MAX_TOKENS:
            raise _wrong(f"at {text[position : position + 20]!r}")
        position = match.end()
        found.append(_token(str(match.lastgroup), match[str(match.lastgroup)]))
    return found


def _token(kind: str, text: str) -> Token:
    if kind == "quoted":
        return Token("column", text[1:-1].replace('""', '"'))
    if kind == "text":
        return Token("value", text[1:-1].replace("''", "'"))
    if kind == "number":
        return Token("value", int(text) if re.fullmatch(r"[+-]?\d{1,30}", text) else float(text))
    if kind == "word" and text.lower() not in WORDS:
        return Token("column", text)
    if kind == "word" and text.lower() in {"true", "false"}:
        return Token("value", text.lower() == "true")
    return Token(kind, text.lower())


class _Parser:
    """OR binds less than AND, AND less than NOT."""

    def __init__(self, tokens: list[Token], columns: Collection[str]) -> None:
        self._tokens, self._columns, self._at, self._depth = tokens, columns, 0, 0

    def left(self) -> bool:
        return self._at < len(self._tokens)

    def shown(self) -> str:
        return repr(str(self._tokens[self._at].value)[:40]) if self.left() else "end"

    def either(self) -> Condition:
        found = self._both()
        while self._take("word", "or"):
            found = ["or", found, self._both()]
        return found

    def _both(self) -> Condition:
        found = self._one()
        while self._take("word", "and"):
            found = ["and", found, self._one()]
        return found

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _wrong("it is nested too deeply")
        try:
            if self._take("word", "not"):
                return ["not", self._one()]
            if self._take("mark", "("):
                found = self.either()
                self._expect("mark", ")")
                return found
            return self._about_a_column()
        finally:
            self._depth -= 1

    def _about_a_column(self) -> Condition:
        column = self._column()
        if self._take("word", "is"):
            negated = self._take("word", "not")
            self._expect("word", "null")
            return ["null", column, not negated]
        negated = self._take("word", "not")
        found = self._test_of(column)
        return ["not", found] if negated else found

    def _test_of(self, column: str) -> Condition:
        if self._take("word", "in"):
            return ["in", column, self._list()]
        for word in ("like", "ilike"):
            if self._take("word", word):
                return ["like", column, str(self._value()), word == "ilike"]
        if self._take("word", "between"):
            low = self._value()
            self._expect("word", "and")
            return ["and", ["compare", column, ">=", low], ["compare", column, "<=", self._value()]]
        operator = self._next("operator")
        if operator is None:
            raise _wrong(f"a comparison was expected instead of {self.shown()}")
        return ["compare", column, COMPARISONS[str(operator.value)], self._value()]

    def _list(self) -> list[Any]:
        self._expect("mark", "(")
        values = [self._value()]
        while self._take("mark", ","):
            values.append(self._value())
        self._expect("mark", ")")
        return values

    def _column(self) -> str:
        token = self._next("column")
        if token is None:
            raise _wrong(f"a column was expected instead of {self.shown()}")
        if token.value not in self._columns:
            raise _wrong(f"there is no column {str(token.value)[:80]!r}")
        return str(token.value)

    def _value(self) -> Any:
        token = self._next("value")
        if token is None:
            raise _wrong(f"a number or a text in single quotes was expected instead of {self.shown()}")
        return token.value

    def _next(self, kind: str) -> Token | None:
        if not self.left() or self._tokens[self._at].kind != kind:
            return None
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, kind: str, value: str) -> bool:
        if self.left() and self._tokens[self._at] == Token(kind, value):
            self._at += 1
            return True
        return False

    def _expect(self, kind: str, value: str) -> None:
        if not self._take(kind, value):
            raise _wrong(f"{value.upper()} was expected instead of {self.shown()}")
