from __future__ import annotations

import pytest

from hub.core.errors import InvalidInput
from models_app.viewer.conditions import Order, parse_order, parse_where

COLUMNS = {"n", "t", 'a "b"', "with space"}


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("n = 1", ["compare", "n", "=", 1]),
        ('"n"<>-1.5', ["compare", "n", "!=", -1.5]),
        ("\"t\" = 'it''s'", ["compare", "t", "=", "it's"]),
        ('"a ""b""" IS NOT NULL', ["null", 'a "b"', False]),
        (
            "n = 1 or n = 2 and t = 'x'",
            ["or", ["compare", "n", "=", 1], ["and", ["compare", "n", "=", 2], ["compare", "t", "=", "x"]]],
        ),
        ("not (n in (1, 2))", ["not", ["in", "n", [1, 2]]]),
        ("t NOT LIKE '%x%'", ["not", ["like", "t", "%x%", False]]),
        ("n = TRUE", ["compare", "n", "=", True]),
    ],
)
def test_a_filter_becomes_plain_values(text: str, condition: object) -> None:
    assert parse_where(text, COLUMNS) == condition


@pytest.mark.parametrize(
    "text",
    [
        "n",
        "= 1",
        "n = n",
        "n = 1; DROP TABLE x",
        "n = 1 n",
        "x = 1",
        "(n = 1",
        "n IN ()",
        "n = 'x",
        "n BETWEEN 1",
        "count(n) = 1",
        "n = 1 --",
        "NOT " * 60 + "n = 1",
        "n = 1 or " * 300 + "n = 1",
        "'a' = 'a'",
        "x" * 5000,
    ],
)
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_where(text, COLUMNS)
    assert refused.value.fields["field"] == "where"


def test_orders() -> None:
    assert parse_order('"n" DESC', COLUMNS) == Order("n", descending=True)
    assert parse_order("with space", COLUMNS) == Order("with space", descending=False)
    assert parse_order("", COLUMNS) is None
    with pytest.raises(InvalidInput):
        parse_order("n; x", COLUMNS)
