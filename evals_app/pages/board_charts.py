"""Charts of a board: quality against what it takes, and the best result over time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from evals_app.leaderboards.models import LeaderboardEntry
from evals_app.leaderboards.selectors import Step

# The best entries of the board; more dots hide each other.
MOST_POINTS = 400


@dataclass
class Dot:
    name: str
    url: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Scatter:
    """`missing` counts the entries that lack the quantity."""

    title: str
    label: str
    dots: list[Dot]
    missing: int


def scatters(entries: Iterable[LeaderboardEntry]) -> list[Scatter]:
    """Of entries `with_efforts`. What a model behind another address takes is not known here: the hub
    waits for it, and that is no measure."""
    rows = list(entries)
    quantities: list[tuple[str, str, Callable[[LeaderboardEntry], float | None]]] = [
        (_("Quality against size"), _("parameters"), _parameters),
        (_("Quality against latency"), _("seconds a sample"), _latency),
        (_("Quality against energy"), _("joules a sample"), lambda e: _per_sample(e, "energy_joules")),
        (_("Quality against cost"), _("cost a sample"), lambda e: _per_sample(e, "cost")),
    ]
    return [_scatter(rows, title, label, of) for title, label, of in quantities]


def _scatter(
    rows: Sequence[LeaderboardEntry], title: str, label: str, of: Callable[[LeaderboardEntry], float | None]
) -> Scatter:
    dots = [
        Dot(row.run.model_name, row.run.get_absolute_url(), x, row.value)
        for row in rows
        if not row.run.is_external and (x := of(row)) is not None and x > 0 and row.value is not None
    ]
    return Scatter(title, label, dots, len(rows) - len(dots))


def _parameters(entry: LeaderboardEntry) -> float | None:
    return entry.run.model.parameters if entry.run.model else None


def _latency(entry: LeaderboardEntry) -> float | None:
    return entry.run.duration_seconds / entry.run.sample_count


def _per_sample(entry: LeaderboardEntry, name: str) -> float | None:
    """Shared evenly by the samples of all tasks of the job, where the hub measured it."""
    total = getattr(entry.run.job, name)
    return float(total) / entry.job_samples if total is not None else None


def progress(steps: Sequence[Step]) -> list[tuple[str, list[tuple[float, float]]]]:
    """The series of a staircase, each best result holding until the next; empty for fewer than two."""
    points: list[tuple[float, float]] = []
    for step in steps:
        day = step.run.created_at.timestamp() / 86400
        points += [(day, points[-1][1])] if points else []
        points.append((day, step.value))
    return [(_("Best so far"), points)] if len(steps) > 1 else []
