"""How values are written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.core.clock import now
from hub.site import charts, formats


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "–"),
        (0, "0"),
        (999, "999"),
        (1_234, "1.23k"),
        (60_500_000, "60.5M"),
        (7_240_000_000, "7.24B"),
        (999_950, "1M"),
    ],
)
def test_numbers_are_short(number: float | None, text: str) -> None:
    assert formats.compact(number) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(None, "–"), (0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (999_999, "1 MB"), (2 * 10**12, "2 TB")],
)
def test_sizes_are_decimal(size: float | None, text: str) -> None:
    assert formats.file_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (42, "42 s"), (200, "3 min 20 s"), (7_500, "2 h 5 min"), (86_400, "1 d")],
)
def test_durations_have_two_units(seconds: float, text: str) -> None:
    assert formats.duration(seconds) == text


@pytest.mark.parametrize(
    ("before", "text"),
    [(10, "just now"), (300, "5 minutes ago"), (-7_200, "in 2 hours"), (86_400 * 400, "1 year ago")],
)
def test_distances_have_one_unit(before: int, text: str) -> None:
    moment = now()
    assert formats.distance(moment - timedelta(seconds=before), moment) == text


@pytest.mark.parametrize(
    ("value", "stderr", "text"),
    [
        (31.2412, 0.42, "31.24"),
        (31.2412, 4.2, "31.2"),
        (1.5, None, "1.500"),
        (312.4, None, "312.40"),
        (float("nan"), 1.0, "–"),
    ],
)
def test_a_value_is_written_no_finer_than_it_is_known(value: float, stderr: float | None, text: str) -> None:
    assert formats.measured(value, stderr) == text


@pytest.mark.parametrize(
    ("count", "current", "numbers"),
    [(1, 1, [1]), (5, 3, [1, 2, 3, 4, 5]), (10, 5, [1, 2, 3, 4, 5, 6, 0, 9, 10]), (10, 1, [1, 2, 0, 9, 10])],
)
def test_a_pager_leaves_gaps(count: int, current: int, numbers: list[int]) -> None:
    assert formats.page_numbers(count, current) == numbers


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, 7.5), (5.0, 5.0), (1e-7, 3e-7), (0.0, 1e9)])
def test_ticks_cover_the_range(low: float, high: float) -> None:
    ticks = charts.nice_ticks(low, high)
    assert ticks[0] <= low
    assert ticks[-1] >= high - 1e-12
    assert 2 <= len(ticks) <= 12


def test_a_chart_survives_what_training_can_report() -> None:
    chart = charts.line_chart(
        [("loss", [(1, 2.0), (2, float("nan")), (3, float("inf"))]), ("empty", [])], "loss"
    )
    assert len(chart["lines"]) == 1  # type: ignore[arg-type]


def test_a_scale_holds_every_interval() -> None:
    scale = charts.scale_of([(31.0, 1.0), (5.0, None)])
    assert scale.low < 5.0
    assert scale.high > 31.0 + 1.96
