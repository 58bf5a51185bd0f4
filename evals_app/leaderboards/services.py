"""Keeps boards: one for each task of a benchmark, entries rewritten whole."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from evals_app.catalog import selectors as catalog
from evals_app.catalog.models import Benchmark
from evals_app.leaderboards.models import Leaderboard, LeaderboardEntry
from evals_app.metrics import ranking
from evals_app.metrics.ranking import Score
from evals_app.runs import selectors as runs
from evals_app.runs.models import RunValue
from hub.core.clock import now

SLUG_LENGTH = 80


@transaction.atomic
def ensure_boards(benchmark: Benchmark) -> list[Leaderboard]:
    """A board for each declared task, by its primary metric. Those there are stay as they are."""
    version = catalog.current_version(benchmark)
    if version is None:
        return []
    tasks = catalog.tasks_of(version)
    boards = []
    for task in tasks:
        title = benchmark.title if len(tasks) == 1 else f"{benchmark.title}: {task.title}"
        board, _ = Leaderboard.objects.get_or_create(
            benchmark=benchmark,
            task=task.name,
            metric=task.primary_metric,
            defaults={
                "slug": _slug(benchmark, task.name, task.primary_metric),
                "title": title[:200],
                "owner": benchmark.repository.namespace,
            },
        )
        boards.append(board)
    return boards


def _slug(benchmark: Benchmark, task: str, metric: str) -> str:
    """Readable while it fits and is free."""
    full = f"{benchmark.repository.full_id}/{task}"
    slug = slugify(full.replace("/", "-"))[:SLUG_LENGTH].strip("-")
    if not Leaderboard.objects.filter(slug=slug).exists():
        return slug
    digest = hashlib.sha256(f"{full}/{metric}".encode()).hexdigest()[:8]
    return f"{slug[: SLUG_LENGTH - 9]}-{digest}"


@transaction.atomic
def refresh(board: Leaderboard) -> list[LeaderboardEntry]:
    """Rank the newest admissible run of every model; readers see the old order or the new one."""
    Leaderboard.objects.select_for_update().get(pk=board.pk)
    version = catalog.current_version(board.benchmark)
    values = _newest_of_each_model(board) if version is not None else []
    scores = [Score(value.value, value.stderr) for value in values]
    higher_is_better = values[0].higher_is_better if values else True
    LeaderboardEntry.objects.filter(leaderboard=board).delete()
    entries = LeaderboardEntry.objects.bulk_create(
        LeaderboardEntry(
            leaderboard=board,
            run=values[place.index].run,
            position=place.position,
            rank=place.rank,
            value=values[place.index].value,
            stderr=values[place.index].stderr,
        )
        for place in ranking.rank(scores, higher_is_better=higher_is_better)
    )
    Leaderboard.objects.filter(pk=board.pk).update(refreshed_at=now())
    return entries


def _newest_of_each_model(board: Leaderboard) -> list[RunValue]:
    version = catalog.current_version(board.benchmark)
    assert version is not None
    newest: dict[int, RunValue] = {}
    for value in runs.candidates(version, board.task, board.metric).iterator():
        assert value.run.model_id is not None
        newest.setdefault(value.run.model_id, value)
    return list(newest.values())


def refresh_for_run(run_id: UUID) -> None:
    """Boards of the run's benchmark and task. Harmless when repeated or when the run is gone."""
    run = runs.find_run(run_id)
    if run is None:
        return
    benchmark = run.benchmark_version.benchmark
    ensure_boards(benchmark)
    for board in _boards(benchmark).filter(task=run.task):
        refresh(board)


def refresh_for_benchmark(benchmark: Benchmark) -> None:
    """After its declaration changed: scores of another fingerprint leave."""
    ensure_boards(benchmark)
    for board in _boards(benchmark):
        refresh(board)


def _boards(benchmark: Benchmark) -> QuerySet[Leaderboard]:
    return Leaderboard.objects.filter(benchmark=benchmark).select_related("benchmark__repository")
