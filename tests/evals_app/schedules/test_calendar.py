"""When a calendar line comes round next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from evals_app.schedules import calendar
from hub.core.errors import InvalidInput

NOON = datetime(2026, 3, 27, 12, tzinfo=UTC)


def test_it_is_later_than_the_moment_given() -> None:
    assert calendar.next_run("0 12 * * *", "UTC", NOON) == datetime(2026, 3, 28, 12, tzinfo=UTC)


def test_it_keeps_local_time_when_the_clocks_change() -> None:
    before = calendar.next_run("0 8 * * *", "Europe/Paris", NOON)
    after = calendar.next_run("0 8 * * *", "Europe/Paris", datetime(2026, 3, 29, 0, tzinfo=UTC))
    assert (before.hour, after.hour) == (7, 6)


def test_it_does_not_lose_a_time_that_the_clock_change_skips() -> None:
    night = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert calendar.next_run("30 2 * * *", "Europe/Paris", night).date() == datetime(2026, 3, 29).date()  # noqa: DTZ001


@pytest.mark.parametrize("cron", ["", "x", "* * * *", "61 * * * *", "0 0 30 2 *", "@now", "* " * 200])
def test_it_refuses_what_is_no_calendar_line(cron: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        calendar.next_run(cron, "UTC", NOON)
    assert caught.value.fields["field"] == "cron"


def test_it_refuses_unknown_zones_and_lines_that_come_too_often() -> None:
    with pytest.raises(InvalidInput, match="no time zone"):
        calendar.next_run("0 0 * * *", "Mars/Olympus", NOON)
    with pytest.raises(InvalidInput, match="At least 5 minutes"):
        calendar.check("* * * * *", "UTC", NOON)
    calendar.check("*/5 * * * *", "UTC", NOON)


def test_it_knows_the_names_of_other_programs() -> None:
    start = datetime(2026, 5, 3, 12, tzinfo=UTC)
    assert calendar.next_run("@daily", "UTC", start) == datetime(2026, 5, 4, tzinfo=UTC)


def test_it_looks_back_and_ahead_over_a_change_of_clocks() -> None:
    """In Paris the clocks go forward on 29 March 2026: three o'clock comes an hour earlier in UTC."""
    since, until = datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
    back = calendar.last_runs("0 3 * * *", "Europe/Paris", since, until, 10)
    assert back == calendar.runs_between("0 3 * * *", "Europe/Paris", since, until, 10)
    assert [moment.hour for moment in back] == [2, 2, 1, 1]
    assert calendar.last_runs("0 3 * * *", "Europe/Paris", since, until, 2) == back[-2:]
