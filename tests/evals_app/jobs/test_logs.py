"""What of an engine's output is kept."""

from __future__ import annotations

import pytest

from evals_app.jobs import logs


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
