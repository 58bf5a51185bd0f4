"""Charts as SVG without a browser or a JavaScript engine.

Each function turns numbers into coordinates for one template. Colours are CSS variables, so a chart
follows the reader's theme, and every chart that is more than a mark in a row comes with its table.
Drawn here rather than by vl-convert, which adds 70 MB to each web process and bakes its colours in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from hub.core import figures
from hub.site import formats

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 8, 26
# Room for a name in the legend of a drawing that stands by itself.
LEGEND_STEP = 130
# More points than pixels cost bytes and show nothing.
MOST_POINTS = 400
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    number: int
    path: str

    @property
    def legend_at(self) -> int:
        return LEFT + (self.number - 1) * LEGEND_STEP


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    label: str
    value: str


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers (1, 2, 5 × 10ⁿ apart) that cover the range."""
    if high <= low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / max(1, count - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, last + 1)]


def tick_label(value: float, step: float) -> str:
    if value and (abs(value) >= 1e5 or step < 1e-4):
        return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")
    return f"{value:.{max(0, -math.floor(math.log10(step) + 1e-9))}f}"


def thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    step = max(1, math.ceil(len(points) / MOST_POINTS))
    kept = list(points[::step])
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]


def line_chart(
    series: Iterable[tuple[str, Sequence[tuple[float, float]]]],
    title: str,
    x_label: str = "",
    *,
    dates: bool = False,
) -> dict[str, object]:
    """Up to four named lines over one axis. `series`: (name, [(x, y), …]) with x rising; with `dates`, x
    counts days since 1970."""
    lines = [(name, thinned([p for p in points if math.isfinite(p[1])])) for name, points in series]
    lines = [(name, points) for name, points in lines if points][:4]
    xs = [x for _, points in lines for x, _y in points] or [0.0]
    ys = [y for _, points in lines for _x, y in points] or [0.0]
    y_ticks, x_ticks = nice_ticks(min(ys), max(ys)), nice_ticks(min(xs), max(xs), 6)
    low, high = y_ticks[0], y_ticks[-1]
    left = min(xs)
    right = max(*xs, left + 1e-9)

    def across(x: float) -> float:
        return round(LEFT + (x - left) / (right - left) * (WIDTH - LEFT - RIGHT), 1)

    def down(y: float) -> float:
        return round(HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    return {
        **_frame(title, x_label),
        "lines": [
            Line(name, number, "M" + "L".join(f"{across(x)} {down(y)}" for x, y in points))
            for number, (name, points) in enumerate(lines, start=1)
        ],
        "y_ticks": [Tick(down(y), tick_label(y, y_ticks[1] - y_ticks[0])) for y in y_ticks],
        "x_ticks": [
            Tick(across(x), day_label(x) if dates else tick_label(x, x_ticks[1] - x_ticks[0]))
            for x in x_ticks
            if left <= x <= right
        ],
        "rows": [
            (name, day_label(x) if dates else f"{x:g}", f"{y:.5g}")
            for name, points in lines
            for x, y in points[-50:]
        ],
    }


def _frame(title: str, x_label: str) -> dict[str, object]:
    return {
        "title": title,
        "x_label": x_label,
        "width": WIDTH,
        "height": HEIGHT,
        "plot_left": LEFT,
        "plot_right": WIDTH - RIGHT,
        "plot_bottom": HEIGHT - BOTTOM,
    }


def day_label(days: float) -> str:
    return date.fromordinal(EPOCH + math.floor(days)).isoformat()


class Dot(Protocol):
    """A named point of a scatter chart; `x` above zero."""

    name: str
    url: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PlacedDot:
    dot: Dot
    across: float
    down: float
    is_front: bool


def scatter_chart(dots: Sequence[Dot], title: str, x_label: str, higher_is_better: bool) -> dict[str, object]:
    """Dots over a logarithmic axis, and the front: those that no other beats at the same x or less."""
    logs = [math.log10(dot.x) for dot in dots]
    left, right = math.floor(min(logs) * 2) / 2, math.ceil(max(logs) * 2 + 1e-9) / 2
    right = max(right, left + 0.5)
    y_ticks = nice_ticks(min(dot.y for dot in dots), max(dot.y for dot in dots))
    low, high = y_ticks[0], y_ticks[-1]
    front = pareto_front(dots, higher_is_better=higher_is_better)

    def across(x: float) -> float:
        return round(LEFT + (math.log10(x) - left) / (right - left) * (WIDTH - LEFT - RIGHT), 1)

    def down(y: float) -> float:
        return round(HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    decades = [10.0**power for power in range(math.ceil(left), math.floor(right) + 1)]
    x_ticks = decades if len(decades) > 1 else [10**left, 10**right]
    return {
        **_frame(title, x_label),
        "dots": [PlacedDot(dot, across(dot.x), down(dot.y), dot in front) for dot in dots],
        "front": "M" + "L".join(f"{across(dot.x)} {down(dot.y)}" for dot in front),
        "y_ticks": [Tick(down(y), tick_label(y, y_ticks[1] - y_ticks[0])) for y in y_ticks],
        "x_ticks": [Tick(across(x), formats.compact(x) if x >= 1 else f"{x:.2g}") for x in x_ticks],
    }


def pareto_front(dots: Sequence[Dot], *, higher_is_better: bool) -> list[Dot]:
    """From the cheapest on, each dot that is better than all cheaper ones."""
    sign = 1.0 if higher_is_better else -1.0
    front: list[Dot] = []
    for dot in sorted(dots, key=lambda dot: (dot.x, -sign * dot.y)):
        if not front or sign * dot.y > sign * front[-1].y:
            front.append(dot)
    return front


def bar_chart(values: Sequence[tuple[date | str, float]], title: str, unit: str = "") -> dict[str, object]:
    """One bar an entry, in the given order: downloads a day, hours a member, a histogram."""
    ticks = nice_ticks(0.0, max((value for _, value in values), default=1.0) or 1.0, 4)
    plot_width, plot_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    slot = plot_width / max(1, len(values))
    bars = []
    for place, (label, value) in enumerate(values):
        height = value / ticks[-1] * plot_height
        bars.append(
            Bar(
                x=round(LEFT + place * slot + slot * 0.1, 1),
                y=round(HEIGHT - BOTTOM - height, 1),
                width=round(slot * 0.8, 1),
                height=round(height, 1),
                label=str(label),
                value=f"{value:.6g}",
            )
        )
    every = max(1, math.ceil(len(bars) / 7))
    return {
        "title": title,
        "unit": unit,
        "width": WIDTH,
        "height": HEIGHT,
        "plot_left": LEFT,
        "plot_right": WIDTH - RIGHT,
        "plot_bottom": HEIGHT - BOTTOM,
        "bars": bars,
        "y_ticks": [
            Tick(round(HEIGHT - BOTTOM - t / ticks[-1] * plot_height, 1), tick_label(t, ticks[1] - ticks[0]))
            for t in ticks
        ],
        "x_ticks": [Tick(round(bar.x + bar.width / 2, 1), bar.label) for bar in bars[::every]],
    }


def interval(
    value: float,
    stderr: float | None,
    low: float,
    high: float,
    start: float | None = None,
    end: float | None = None,
) -> dict[str, object]:
    """A point with its 95 % interval (`start` to `end`, else ± 1.96 standard errors) on the scale `low` to
    `high` of its column."""
    span = (high - low) or 1.0

    def across(x: float) -> float:
        return round(100 * min(1.0, max(0.0, (x - low) / span)), 2)

    half = 1.96 * (stderr or 0.0)
    return {
        "point": across(value),
        "start": across(value - half if start is None else start),
        "end": across(value + half if end is None else end),
    }


class Measured(Protocol):
    """Anything with a value and its standard error: a leaderboard entry, a run's value."""

    value: float
    stderr: float | None


@dataclass(frozen=True, slots=True)
class Scale:
    low: float
    high: float
    decimals: int


def scale_of(values: Sequence[tuple[float, float | None]]) -> Scale:
    """The scale that holds every interval of a column, with a little air; decimals by the median error."""
    ends = [v + sign * 1.96 * (e or 0.0) for v, e in values for sign in (-1, 1)]
    if not ends:
        return Scale(0.0, 1.0, 2)
    low, high = min(ends), max(ends)
    air = 0.05 * (high - low) or abs(low) * 0.05 or 0.5
    # A metric that is never negative needs no room below zero.
    floor = 0.0 if min(v for v, _ in values) >= 0 else -math.inf
    errors = sorted(e for _, e in values if e)
    decimals = figures.decimals_for(errors[len(errors) // 2]) if errors else 2
    return Scale(max(floor, low - air), high + air, decimals)
