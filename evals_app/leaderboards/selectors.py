"""Reads of boards: those that the actor may see; entries whose model they may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from evals_app.catalog.models import Benchmark
from evals_app.leaderboards import policies
from evals_app.leaderboards.models import (
    Leaderboard,
    LeaderboardCell,
    LeaderboardChange,
    LeaderboardColumn,
    LeaderboardEntry,
)
from evals_app.runs import selectors as runs
from evals_app.runs.models import Run
from hub.accounts.actors import ANONYMOUS, Actor
from hub.core.errors import NotFound
from models_app.repositories import access
from models_app.repositories.models import Repository


@dataclass(frozen=True, slots=True)
class Step:
    """A result that was the best so far."""

    run: Run
    value: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A run that stands in no column, the reason as a word, and the recipe where that is the reason."""

    run: Run
    reason: str
    recipe: str


def boards_visible_to(actor: Actor) -> QuerySet[Leaderboard]:
    """Most populated first."""
    return (
        Leaderboard.objects.filter(
            policies.seen_by(actor), Q(benchmark=None) | Q(benchmark__repository__in=_readable(actor))
        )
        .select_related("owner", "benchmark__repository__namespace")
        .annotate(entry_count=Count("entries"))
        .order_by("-entry_count", "title", "id")
    )


def board(slug: str, actor: Actor = ANONYMOUS) -> Leaderboard:
    """NotFound when it is missing or invisible."""
    found = boards_visible_to(actor).filter(slug=slug).first()
    if found is None:
        raise NotFound(f"There is no leaderboard {slug!r:.100}.")
    return found


def columns_of(board: Leaderboard, actor: Actor = ANONYMOUS) -> list[LeaderboardColumn]:
    """Those whose benchmark the actor may read."""
    return list(
        LeaderboardColumn.objects.filter(leaderboard=board, benchmark__repository__in=_readable(actor))
        .select_related("benchmark__repository__namespace")
        .order_by("position", "id")
    )


def entries_of(board: Leaderboard, actor: Actor = ANONYMOUS) -> QuerySet[LeaderboardEntry]:
    """In the published order, with models and cells. A model that was made private since the last refresh
    is left out at once. Two queries."""
    # The few columns are found once, not joined to each of many cells.
    columns = LeaderboardColumn.objects.filter(
        leaderboard=board, benchmark__repository__in=_readable(actor)
    ).order_by()
    cells = LeaderboardCell.objects.filter(column__in=columns.values("pk"))
    return (
        LeaderboardEntry.objects.filter(leaderboard=board, run__model__in=_readable(actor))
        .select_related("run__model__namespace", "run__owner", "run__job")
        .prefetch_related(Prefetch("cells", cells))
        .order_by("position")
    )


def latest_entries(actor: Actor, limit: int = 8) -> list[LeaderboardEntry]:
    """The newest results that stand on a board of a benchmark."""
    return list(
        LeaderboardEntry.objects.filter(
            run__model__in=_readable(actor),
            leaderboard__benchmark__repository__in=_readable(actor),
        )
        .select_related("leaderboard", "run__model__namespace")
        .order_by("-run__created_at", "-id")[:limit]
    )


def positions_of_model(actor: Actor, repository: Repository) -> list[LeaderboardEntry]:
    return list(
        LeaderboardEntry.objects.filter(
            run__model=repository, leaderboard__benchmark__repository__in=_readable(actor)
        )
        .select_related("leaderboard", "run")
        .order_by("rank", "leaderboard__title")
    )


def boards_of_benchmark(actor: Actor, benchmark: Benchmark) -> list[Leaderboard]:
    return list(boards_visible_to(actor).filter(benchmark=benchmark).order_by("task", "metric"))


def _readable(actor: Actor) -> QuerySet[Repository, Any]:
    return access.visible_to(actor).order_by().values("pk")


def leaders_of(boards: Iterable[Leaderboard], actor: Actor = ANONYMOUS) -> dict[int, LeaderboardEntry]:
    """The first entry of each board that has one, by the board's id. One query."""
    first = LeaderboardEntry.objects.filter(
        leaderboard__in=[board.pk for board in boards], position=1, run__model__in=_readable(actor)
    )
    return {entry.leaderboard_id: entry for entry in first.select_related("run__model__namespace")}


def changes_of(board: Leaderboard, actor: Actor = ANONYMOUS) -> QuerySet[LeaderboardChange]:
    """Newest first. What concerns a private model is for those who may read it; a deleted one keeps its
    name where it was public until then."""
    seen = Q(model=None, is_public=True) | Q(model__in=_readable(actor))
    rows = LeaderboardChange.objects.filter(seen, leaderboard=board)
    return rows.select_related("run", "model").order_by("-created_at", "-id")


def progress_of(board: Leaderboard, actor: Actor = ANONYMOUS) -> list[Step]:
    """Oldest first. One query."""
    steps = board.findings.get("progress", [])
    seen = _runs(actor, [run for _at, _value, run in steps])
    return [Step(seen[run], value) for _at, value, run in steps if run in seen]


def left_out_of(board: Leaderboard, actor: Actor = ANONYMOUS) -> list[LeftOut]:
    """One query."""
    refused = board.findings.get("refused", [])
    seen = _runs(actor, [run for run, *_ in refused])
    return [LeftOut(seen[run], reason, recipe) for run, _name, reason, recipe in refused if run in seen]


def _runs(actor: Actor, ids: list[str]) -> dict[str, Run]:
    if not ids:
        return {}
    rows = runs.runs_visible_to(actor).filter(pk__in=ids).prefetch_related(None)
    return {str(run.pk): run for run in rows}


def offered_columns(actor: Actor) -> list[LeaderboardColumn]:
    """What a board can be made of: the columns of the benchmarks' own boards."""
    return list(
        LeaderboardColumn.objects.filter(
            leaderboard__benchmark__isnull=False, benchmark__repository__in=_readable(actor)
        )
        .select_related("benchmark__repository__namespace", "leaderboard")
        .order_by("benchmark__title", "task", "position")
    )
