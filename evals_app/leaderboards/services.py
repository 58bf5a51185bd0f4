"""Keeps boards: one for each task of a benchmark, and those that people made; ranked behind marks."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.text import slugify

from evals_app.catalog import selectors as catalog
from evals_app.catalog.models import Benchmark
from evals_app.catalog.selectors import TaskRow
from evals_app.leaderboards import changes, standings, writing
from evals_app.leaderboards.models import (
    Leaderboard,
    LeaderboardCell,
    LeaderboardColumn,
    LeaderboardEntry,
)
from evals_app.leaderboards.standings import Order, Standing
from evals_app.leaderboards.writing import Row
from evals_app.metrics import ranking
from evals_app.metrics.ranking import Place, Score
from evals_app.runs import samples
from evals_app.runs import selectors as runs
from evals_app.runs.candidates import Candidate
from hub.core.clock import now
from hub.core.enqueue import enqueue_after_commit

log = logging.getLogger(__name__)

SLUG_LENGTH = 80
CATCH_UP = "evals_app.leaderboards.catch_up"
# Far longer than a ranking takes; after a kill a board waits this long.
LEASE = timedelta(minutes=10)
DESCRIBED = ("recipe", "fingerprint", "higher_is_better", "unit", "least", "most", "chance")
Bounds = tuple[float | None, float | None]
Kept = Mapping[UUID, tuple[float, float]]


@transaction.atomic
def ensure_boards(benchmark: Benchmark) -> list[Leaderboard]:
    """A board for each declared task, by its primary metric. Those there are keep their words."""
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
        _keep_columns(board, benchmark, task)
        boards.append(board)
    return boards


def _slug(benchmark: Benchmark, task: str, metric: str) -> str:
    """Readable while it fits and is free."""
    return free_slug(f"{benchmark.repository.full_id}/{task}".replace("/", "-"), metric)


def free_slug(text: str, salt: str) -> str:
    slug = slugify(text)[:SLUG_LENGTH].strip("-")
    if slug and not Leaderboard.objects.filter(slug=slug).exists():
        return slug
    digest = hashlib.sha256(f"{text}/{salt}".encode()).hexdigest()[:8]
    return f"{slug[: SLUG_LENGTH - 9]}-{digest}".strip("-")


def _keep_columns(board: Leaderboard, benchmark: Benchmark, task: TaskRow) -> None:
    """The metrics of the task, the primary first; what the declaration dropped goes."""
    metrics = sorted(task.metrics, key=lambda metric: metric["name"] != board.metric)
    for position, metric in enumerate(metrics):
        LeaderboardColumn.objects.update_or_create(
            leaderboard=board,
            benchmark=benchmark,
            task=task.name,
            metric=metric["name"],
            defaults={"position": position, "group": task.title[:120]},
        )
    names = [metric["name"] for metric in metrics]
    board.columns.exclude(task=task.name, metric__in=names).delete()


def mark(condition: Q) -> list[int]:
    """These boards are behind until a worker has ranked them, however often they are marked until then."""
    ids = list(boards_with(condition).values_list("pk", flat=True))
    Leaderboard.objects.filter(pk__in=ids).update(wanted=F("wanted") + 1)
    return ids


def catch_up() -> None:
    """Rank all boards that are behind, also those whose message or worker was lost."""
    behind = Leaderboard.objects.filter(wanted__gt=F("ranked")).order_by("pk")
    for pk in list(behind.values_list("pk", flat=True)):
        try:
            bring_up(pk)
        except Exception:
            # One board that cannot be ranked holds up no other; it is tried again.
            log.exception("board %s could not be ranked", pk)


def bring_up(board_id: int) -> None:
    """Rank it until no mark is left. One worker at a time: for a mark that comes meanwhile, the one at it
    goes round again."""
    while (until := _claim(board_id)) is not None:
        try:
            _rank(Leaderboard.objects.get(pk=board_id), until)
        finally:
            Leaderboard.objects.filter(pk=board_id, leased_until=until).update(leased_until=None)


def _claim(board_id: int) -> datetime | None:
    free = Q(leased_until=None) | Q(leased_until__lt=now())
    until = now() + LEASE
    found = Leaderboard.objects.filter(free, pk=board_id, wanted__gt=F("ranked"))
    return until if found.update(leased_until=until) else None


def refresh(board: Leaderboard) -> None:
    """Rank the newest admissible run of every model; readers see the old order or the new one."""
    for pk in mark(Q(pk=board.pk)):
        bring_up(pk)


def _rank(board: Leaderboard, until: datetime) -> None:
    """Only the writing is a transaction, so nobody waits for the ranking. What was ranked by columns that
    are gone since, or by a worker that took too long, is not written."""
    columns = list(board.columns.select_related("leaderboard", "benchmark__repository"))
    for column in columns:
        _describe(column)
    found = standings.order(board, columns)
    rows = _rows(board, columns, found)
    changed = writing.difference(board, rows)
    with transaction.atomic():
        held = Leaderboard.objects.select_for_update().filter(pk=board.pk, leased_until=until)
        if not held or {column.pk for column in columns} != set(board.columns.values_list("pk", flat=True)):
            return
        before = changes.standing_now(board)
        LeaderboardColumn.objects.bulk_update(columns, DESCRIBED)
        writing.write(board, changed)
        changes.record(board, before)
        Leaderboard.objects.filter(pk=board.pk).update(
            refreshed_at=now(), findings=found.findings, entry_count=len(rows), ranked=board.wanted
        )


def _describe(column: LeaderboardColumn) -> None:
    """Direction, unit and range of the metric, as its declaration has them now, and what guessing gives."""
    version = catalog.current_version(column.benchmark)
    tasks = catalog.tasks_of(version) if version is not None else []
    metrics = [m for task in tasks if task.name == column.task for m in task.metrics]
    metric = next((m for m in metrics if m["name"] == column.metric), None)
    if metric is not None:
        column.higher_is_better, column.unit = bool(metric["higher_is_better"]), metric.get("unit") or ""
        column.least, column.most = metric.get("range") or (None, None)
    column.chance = samples.chance_of(column.benchmark_id, column.task, column.metric)


def _rows(board: Leaderboard, columns: Sequence[LeaderboardColumn], found: Order) -> list[Row]:
    bounds = {
        column.pk: samples.bounds_of(column.benchmark_id, column.task, column.metric) for column in columns
    }
    ranked = {place.index for place in found.places}
    unranked = [index for index in range(len(found.standings)) if index not in ranked]
    unranked.sort(key=lambda index: found.standings[index].model_name.lower())
    stand = [
        *((found.standings[place.index], place) for place in found.places),
        *((found.standings[index], None) for index in unranked),
    ]
    return [
        Row(_entry(board, columns, standing, place, position, bounds), _cells(standing, bounds))
        for position, (standing, place) in enumerate(stand, start=1)
    ]


def _cells(standing: Standing, bounds: Mapping[int, Kept]) -> list[LeaderboardCell]:
    return [
        LeaderboardCell(
            column_id=pk,
            run_id=cell.run_id,
            value=cell.value,
            stderr=cell.stderr,
            **dict(zip(("low", "high"), _bounds(cell, bounds[pk]), strict=True)),
        )
        for pk, cell in standing.cells.items()
    ]


def _entry(
    board: Leaderboard,
    columns: Sequence[LeaderboardColumn],
    standing: Standing,
    place: Place | None,
    position: int,
    bounds: Mapping[int, Kept],
) -> LeaderboardEntry:
    score = standing.score
    entry = LeaderboardEntry(leaderboard=board, run_id=standing.run_id(columns), position=position)
    if place is None or score is None:
        return entry
    entry.rank, entry.p_value = place.rank, place.p_value
    entry.value, entry.stderr = score.value, score.stderr
    first = standing.cells.get(columns[0].pk)
    if board.has_aggregate or first is None:
        entry.low, entry.high = ranking.interval(score) or (None, None)
    else:
        entry.low, entry.high = _bounds(first, bounds[columns[0].pk])
    return entry


def _bounds(cell: Candidate, kept: Kept) -> Bounds:
    """By the bootstrap where the samples are kept, else from the standard error."""
    return kept.get(cell.run_id) or ranking.interval(Score(cell.value, cell.stderr)) or (None, None)


def refresh_for_run(run_id: UUID) -> None:
    """Keep what its samples gave and mark the boards of its benchmark and task, and those that people made
    with it. They are ranked by a message behind those of other runs that wait, once for all of them.
    Harmless when repeated or when the run is gone."""
    run = runs.find_run(run_id)
    if run is None:
        return
    samples.collect(run)
    benchmark = run.benchmark_version.benchmark
    ensure_boards(benchmark)
    mark(Q(columns__benchmark=benchmark, columns__task=run.task))
    enqueue_after_commit(CATCH_UP)


def refresh_for_benchmark(benchmark: Benchmark) -> None:
    """After its declaration changed: scores of another fingerprint leave."""
    ensure_boards(benchmark)
    for pk in mark(Q(columns__benchmark=benchmark)):
        bring_up(pk)


def follow_repository(repository_id: int | None) -> None:
    """A model or benchmark was deleted, hidden, shown or shut: boards that have it, or could, follow. With
    no number, those that hold an entry of a model that is gone."""
    if repository_id is None:
        stale = Q(entries__run__model=None, entries__run__is_external=False)
    else:
        changes.follow_visibility(repository_id)
        stale = Q(entries__run__model_id=repository_id) | Q(columns__benchmark__repository_id=repository_id)
        for benchmark, task in runs.measured_tasks(repository_id):
            stale |= Q(columns__benchmark_id=benchmark, columns__task=task)
    for pk in mark(stale):
        bring_up(pk)


def boards_with(condition: Q) -> QuerySet[Leaderboard]:
    ids = Leaderboard.objects.filter(condition).values("pk")
    return Leaderboard.objects.filter(pk__in=ids).order_by("pk")
