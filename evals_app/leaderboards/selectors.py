"""Reads of boards: those whose benchmark the actor may read; entries whose model is public to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Prefetch, QuerySet

from evals_app.catalog.models import Benchmark
from evals_app.leaderboards.models import Leaderboard, LeaderboardEntry
from evals_app.runs.models import RunValue
from hub.accounts.actors import ANONYMOUS, Actor
from hub.core.errors import NotFound
from models_app.repositories import access
from models_app.repositories.models import Repository


def boards_visible_to(actor: Actor) -> QuerySet[Leaderboard]:
    """Most populated first."""
    return (
        Leaderboard.objects.filter(benchmark__repository__in=access.visible_to(actor).order_by().values("pk"))
        .select_related("owner", "benchmark__repository__namespace")
        .annotate(entry_count=Count("entries"))
        .order_by("-entry_count", "title", "id")
    )


def board(slug: str, actor: Actor = ANONYMOUS) -> Leaderboard:
    """NotFound when it is missing or its benchmark is invisible."""
    found = boards_visible_to(actor).filter(slug=slug).first()
    if found is None:
        raise NotFound(f"There is no leaderboard {slug!r:.100}.")
    return found


def entries_of(board: Leaderboard, actor: Actor = ANONYMOUS) -> QuerySet[LeaderboardEntry]:
    """In the published order, runs and all their values along. A model that was made private since the
    last refresh is left out at once. Two queries."""
    return (
        LeaderboardEntry.objects.filter(leaderboard=board, run__model__in=_readable(actor))
        .select_related("run__model__namespace", "run__owner", "run__benchmark_version")
        .prefetch_related(Prefetch("run__values", RunValue.objects.order_by("id")))
        .order_by("position")
    )


def latest_entries(actor: Actor, limit: int = 8) -> list[LeaderboardEntry]:
    """The newest results that stand on a board."""
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
