"""What of an engine's output is kept."""

from __future__ import annotations

import pytest

from evals_app.jobs import logs
from hub.core import clock


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain\nlines\n", "plain\nlines\n"),
        ("dos\r\n", "dos\n"),
        ("10%\r20%\r30%\ndone\n", "30%\ndone\n"),
        ("\r40%", "\n40%"),
        ("40%\r", "40%"),
        ("\x1b[1;31mred\x1b[0m\x1b[A\x00", "red"),
    ],
)
def test_it_keeps_what_a_terminal_would_show(text: str, kept: str) -> None:
    assert logs.clean(text) == kept


def test_it_bears_long_lines() -> None:
    assert len(logs.clean("x" * 3_000_000)) == 3_000_000


def test_it_cuts_with_one_notice() -> None:
    assert logs.within_limit(logs.LOG_LIMIT - 2, "abcdef") == "ab" + logs.TRUNCATION_NOTICE
    assert logs.within_limit(logs.LOG_LIMIT, "abc") == ""


def test_its_chunks_hold_everything() -> None:
    text = "x" * 200_000
    assert "".join(logs.chunks(text)) == text


def test_pieces_become_the_same_lines_however_they_were_cut() -> None:
    moment = clock.now()
    text = "one\ntwo\n\nthree"
    ways = []
    for cut in range(len(text) + 1):
        reader = logs.LineReader()
        read = [*reader.feed(text[:cut], 1, moment), *reader.feed(text[cut:], 1, moment), *reader.end()]
        ways.append([(line.number, line.text) for line in read])
    assert all(way == [(1, "one"), (2, "two"), (3, ""), (4, "three")] for way in ways)


def test_an_attempt_that_ends_in_the_middle_of_a_line_ends_the_line() -> None:
    reader = logs.LineReader()
    lines = [*reader.feed("half", 1, clock.now()), *reader.feed("new\n", 2, clock.now())]
    assert [(line.attempt, line.text) for line in lines] == [(1, "half"), (2, "new")]
