"""Pages of leaderboards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evals_app.catalog import selectors as catalog
from evals_app.claims import selectors as claims
from evals_app.claims.models import Claim
from evals_app.contamination import selectors as contamination
from evals_app.contamination.selectors import Flag
from evals_app.leaderboards import filters, policies, selectors
from evals_app.leaderboards.models import Leaderboard, LeaderboardColumn, LeaderboardEntry
from evals_app.leaderboards.paging import BoardPaginator
from evals_app.leaderboards.selectors import Cell
from evals_app.metrics.catalogue import METRICS
from evals_app.pages import board_charts
from evals_app.runs.models import ScoreState
from hub.accounts.actors import ANONYMOUS, Actor
from hub.accounts.requests import actor_of
from hub.core import figures

PER_PAGE = 30
ENTRIES_PER_PAGE = 50
CHANGES_SHOWN = 5
CHANGES_PER_PAGE = 50
REASONS = {
    "part-of-samples": gettext_lazy("only part of the samples"),
    "other-version": gettext_lazy("another version of the benchmark"),
    "other-recipe": gettext_lazy("another recipe"),
    "model-deleted": gettext_lazy("the model was deleted"),
    "model-private": gettext_lazy("the model was made private"),
    "model-disabled": gettext_lazy("the model was disabled by the operator"),
    "recipe-changed": gettext_lazy("its runs are of another version or recipe"),
}


@dataclass(frozen=True, slots=True)
class Head:
    """A column as the table shows it; the rows of a page share its decimals."""

    column: LeaderboardColumn
    label: str
    decimals: int
    sort_url: str


@dataclass(frozen=True, slots=True)
class Line:
    """`is_first` where its rank group begins; `overlap` when the model learned from test items."""

    entry: LeaderboardEntry
    cells: list[tuple[Head, Cell | None]]
    is_first: bool
    overlap: Flag | None


@dataclass(frozen=True, slots=True)
class HeadGroup:
    name: str
    width: int


@require_safe
def leaderboard_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    page = Paginator(selectors.boards_visible_to(actor), PER_PAGE).get_page(request.GET.get("page"))
    leaders = selectors.leaders_of(page, actor)
    rows = [(board, leaders.get(board.pk)) for board in page]
    context = {"page": page, "rows": rows, "may_make": actor.is_authenticated}
    return render(request, "evals/leaderboards/list.html", context)


@require_safe
def leaderboard_detail(request: HttpRequest, slug: str) -> HttpResponse:
    actor = actor_of(request)
    board = selectors.board(slug, actor)
    columns = selectors.columns_of(board, actor)
    wanted = filter_of(request)
    everything = selectors.entries_of(board, actor)
    pages = BoardPaginator(board, everything, wanted, columns, ENTRIES_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "board": board,
        "page": page,
        "wanted": wanted,
        "choices": filters.choices_in(everything),
        "sizes": filters.SIZES,
        "states": ScoreState.choices,
        "asks_claims": "claims" in request.GET,
        "claims": claims_on(actor, columns) if "claims" in request.GET else [],
        "left_out": [(row, REASONS[row.reason]) for row in selectors.left_out_of(board, actor)],
        "changes": told(selectors.changes_of(board, actor)[:CHANGES_SHOWN]),
        "may_change": policies.may_change(actor, board),
        "version": catalog.current_version(board.benchmark) if board.benchmark else None,
        **table_of(request, board, columns, page.object_list, actor),
    }
    return render(request, "evals/leaderboards/detail.html", context)


def claims_on(actor: Actor, columns: Sequence[LeaderboardColumn]) -> list[Claim]:
    return claims.about(actor, [(column.benchmark_id, column.task, column.metric) for column in columns])


@require_safe
def leaderboard_charts(request: HttpRequest, slug: str) -> HttpResponse:
    actor = actor_of(request)
    board = selectors.board(slug, actor)
    columns = selectors.columns_of(board, actor)
    entries = selectors.with_efforts(selectors.entries_of(board, actor).exclude(value=None))
    context = {
        "board": board,
        "value_label": value_label(board, columns),
        "scatters": board_charts.scatters(entries[: board_charts.MOST_POINTS]),
        "higher_is_better": board.has_aggregate or not columns or columns[0].higher_is_better,
        "progress": board_charts.progress(selectors.progress_of(board, actor)),
    }
    return render(request, "evals/leaderboards/charts.html", context)


@require_safe
def leaderboard_changes(request: HttpRequest, slug: str) -> HttpResponse:
    actor = actor_of(request)
    board = selectors.board(slug, actor)
    page = Paginator(selectors.changes_of(board, actor), CHANGES_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "evals/leaderboards/changes.html", {"board": board, "page": page, "changes": told(page)}
    )


@require_safe
def method(request: HttpRequest) -> HttpResponse:
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    return render(
        request, "evals/leaderboards/method.html", {"article": f"evals/leaderboards/method_{language}.html"}
    )


def told(changes: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Each change with its reason in words."""
    return [(change, REASONS.get(change.reason, "")) for change in changes]


def filter_of(request: HttpRequest) -> filters.EntryFilter:
    size = request.GET.get("size", "")
    return filters.EntryFilter(
        **{name: request.GET.get(name, "") for name in filters.FIELDS},
        most_parameters=int(size) if size in map(str, filters.SIZES) else None,
        sort=request.GET.get("sort", ""),
    )


def value_label(board: Leaderboard, columns: Sequence[LeaderboardColumn]) -> str:
    if board.has_aggregate:
        return _("Mean")
    return label_of(columns[0]) if columns else board.metric


def label_of(column: LeaderboardColumn) -> str:
    metric = METRICS.get(column.metric)
    return column.label or (metric.label if metric else column.metric)


def table_of(
    request: HttpRequest,
    board: Leaderboard,
    columns: Sequence[LeaderboardColumn],
    entries: Iterable[LeaderboardEntry],
    actor: Actor = ANONYMOUS,
) -> dict[str, Any]:
    """What the table of the given entries needs. The ranking value stands first and with its interval; the
    column it comes from is not repeated."""
    rows = list(entries)
    cells = selectors.cells_of([entry.pk for entry in rows], columns)
    heads = [
        _head(request, column, [found[column.pk] for found in cells.values() if column.pk in found])
        for column in columns
    ]
    shown = heads if board.has_aggregate else heads[1:]
    overlaps = contamination.worst_of(
        actor,
        [entry.run.model_id for entry in rows if entry.run.model_id],
        [(column.fingerprint, column.task) for column in columns],
    )
    return {
        "lines": [
            _line(
                entry,
                before,
                [(head, cells.get(entry.pk, {}).get(head.column.pk)) for head in shown],
                overlaps,
            )
            for before, entry in zip([None, *rows], rows, strict=False)
        ],
        "heads": shown,
        "groups": [
            HeadGroup(name, len(list(group)))
            for name, group in groupby(shown, key=lambda head: head.column.group)
        ],
        "first": None if board.has_aggregate or not heads else heads[0],
        "higher_is_better": board.has_aggregate or not columns or columns[0].higher_is_better,
        "value_label": value_label(board, columns),
        "ranked": [entry for entry in rows if entry.value is not None],
        "columns": columns,
    }


def _head(request: HttpRequest, column: LeaderboardColumn, cells: Sequence[Cell]) -> Head:
    query = request.GET.copy()
    query["sort"] = str(column.pk)
    query.pop("page", None)
    errors = sorted(cell.stderr for cell in cells if cell.stderr)
    decimals = figures.decimals_for(errors[len(errors) // 2] if errors else None)
    return Head(column, label_of(column), decimals, f"?{query.urlencode()}")


def _cells(heads: Sequence[Head], cells: Mapping[int, Cell]) -> list[tuple[Head, Cell | None]]:
    return [(head, cells.get(head.column.pk)) for head in heads]


def _line(
    entry: LeaderboardEntry,
    before: LeaderboardEntry | None,
    cells: list[tuple[Head, Cell | None]],
    overlaps: Mapping[int, Flag],
) -> Line:
    return Line(
        entry,
        cells,
        is_first=before is None or before.rank != entry.rank,
        overlap=overlaps.get(entry.run.model_id or 0),
    )
