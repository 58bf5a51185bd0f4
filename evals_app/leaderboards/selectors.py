"""Reads of boards: those that the actor may see; entries whose model they may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum

from evals_app.catalog import selectors as catalog
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


class Cell(NamedTuple):
    """A model's value in a column; a page has a thousand, an export two hundred thousand."""

    run_id: UUID
    value: float
    stderr: float | None
    low: float | None
    high: float | None
    run__state: str


# By the ids of the entry and the column.
Cells = Mapping[int, Mapping[int, Cell]]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A run that stands in no column, the reason as a word, and the recipe where that is the reason."""

    run: Run
    reason: str
    recipe: str


# The rest of a run and of a model is wide, and most of it JSON.
SHOWN = (
    *("leaderboard", "position", "rank", "value", "stderr", "low", "high", "p_value"),
    *("run__model_name", "run__model_commit", "run__created_at", "run__state", "run__is_external"),
    "run__model__type",
    *("run__model__name", "run__model__parameters", "run__model__licence", "run__model__namespace__name"),
)


def boards_visible_to(actor: Actor) -> QuerySet[Leaderboard]:
    """Most populated first."""
    return (
        Leaderboard.objects.filter(
            policies.seen_by(actor), Q(benchmark=None) | catalog.known_to(actor, "benchmark")
        )
        .select_related("owner", "benchmark__repository__namespace")
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
        LeaderboardColumn.objects.filter(catalog.known_to(actor, "benchmark"), leaderboard=board)
        .select_related("benchmark__repository__namespace")
        .order_by("position", "id")
    )


def entries_of(board: Leaderboard, actor: Actor = ANONYMOUS) -> QuerySet[LeaderboardEntry]:
    """In the published order, with what tables show of runs and models. A model that was made private since
    the last refresh is left out at once."""
    return (
        LeaderboardEntry.objects.filter(
            _may_read(actor, "run__model") | runs.external_visible_to(actor, "run__"), leaderboard=board
        )
        .select_related("run__model__namespace")
        .only(*SHOWN)
        .order_by("position")
    )


def with_owners(entries: QuerySet[LeaderboardEntry]) -> QuerySet[LeaderboardEntry]:
    """Whose runs they are, too."""
    return entries.select_related("run__owner").only(*SHOWN, "run__owner")


def without_derived(entries: QuerySet[LeaderboardEntry]) -> QuerySet[LeaderboardEntry]:
    """Of models alone whose cards name no other model that they were made of."""
    return entries.exclude(run__model__tag_rows__tag__startswith="base_model:")


def with_efforts(entries: QuerySet[LeaderboardEntry]) -> QuerySet[LeaderboardEntry]:
    """With what each run took, and as `job_samples` how many samples the tasks of its job had together."""
    together = Run.objects.filter(job=OuterRef("run__job")).order_by().values("job")
    samples = together.annotate(number=Sum("sample_count")).values("number")
    efforts = ("run__sample_count", "run__duration_seconds", "run__job__energy_joules", "run__job__cost")
    rows = entries.select_related("run__job").only(*SHOWN, *efforts)
    return rows.annotate(job_samples=Subquery(samples))  # type: ignore[no-redef]


def cells_of(entries: Iterable[int], columns: Sequence[LeaderboardColumn]) -> Cells:
    """Of the entries with these ids. One query."""
    found: dict[int, dict[int, Cell]] = {}
    rows = LeaderboardCell.objects.filter(entry__in=list(entries), column__in=[row.pk for row in columns])
    for entry, column, *cell in rows.values_list("entry_id", "column_id", *Cell._fields):
        found.setdefault(entry, {})[column] = Cell(*cell)
    return found


def runs_on_boards(actor: Actor, slugs: Sequence[str] | None = None) -> list[Run]:
    """Every run behind a number of the boards that the actor sees, the oldest first; NotFound for a board
    that is not there. With what repeating it takes."""
    shown = [board(slug, actor) for slug in slugs] if slugs else boards_visible_to(actor)
    cells = LeaderboardCell.objects.filter(
        catalog.known_to(actor, "column__benchmark"), entry__leaderboard__in=[one.pk for one in shown]
    )
    seen = runs.runs_visible_to(actor).filter(pk__in=cells.values("run"))
    return list(seen.order_by("created_at", "id"))


def latest_entries(actor: Actor, limit: int = 8) -> list[LeaderboardEntry]:
    """The newest results that stand on a board of a benchmark."""
    return list(
        LeaderboardEntry.objects.filter(
            Q(run__model__in=_readable(actor)) | runs.external_visible_to(actor, "run__"),
            catalog.known_to(actor, "leaderboard__benchmark"),
        )
        .select_related("leaderboard", "run__model__namespace")
        .order_by("-run__created_at", "-id")[:limit]
    )


def positions_of_model(actor: Actor, repository: Repository) -> list[LeaderboardEntry]:
    return list(
        LeaderboardEntry.objects.filter(
            catalog.known_to(actor, "leaderboard__benchmark"), run__model=repository
        )
        .select_related("leaderboard", "run")
        .order_by("rank", "leaderboard__title")
    )


def boards_of_benchmark(actor: Actor, benchmark: Benchmark) -> list[Leaderboard]:
    return list(boards_visible_to(actor).filter(benchmark=benchmark).order_by("task", "metric"))


def _may_read(actor: Actor, path: str) -> Exists:
    """Whether the actor may read the repository at the path: asked of each row by its key, since a list of
    all that may be read grows with the hub."""
    return Exists(access.visible_to(actor).order_by().filter(pk=OuterRef(path)))


def _readable(actor: Actor) -> QuerySet[Repository, Any]:
    return access.visible_to(actor).order_by().values("pk")


def leaders_of(boards: Iterable[Leaderboard], actor: Actor = ANONYMOUS) -> dict[int, LeaderboardEntry]:
    """The first entry of each board that has one, by the board's id. One query."""
    first = LeaderboardEntry.objects.filter(
        Q(run__model__in=_readable(actor)) | runs.external_visible_to(actor, "run__"),
        leaderboard__in=[board.pk for board in boards],
        position=1,
    )
    return {entry.leaderboard_id: entry for entry in first.select_related("run__model__namespace")}


def changes_of(board: Leaderboard, actor: Actor = ANONYMOUS) -> QuerySet[LeaderboardChange]:
    """Newest first. What concerns a private model is for those who may read it; a deleted one keeps its
    name where it was public until then."""
    seen = Q(model=None, is_public=True) | _may_read(actor, "model")
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
            catalog.known_to(actor, "benchmark"), leaderboard__benchmark__isnull=False
        )
        .select_related("benchmark__repository__namespace", "leaderboard")
        .order_by("benchmark__title", "task", "position")
    )
