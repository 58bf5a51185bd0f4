"""Pages of leaderboards."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evals_app.catalog import selectors as catalog
from evals_app.catalog.models import BenchmarkVersion
from evals_app.leaderboards import filters, selectors
from evals_app.leaderboards.models import Leaderboard
from hub.accounts.requests import actor_of

PER_PAGE = 30


@require_safe
def leaderboard_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    page = Paginator(selectors.boards_visible_to(actor), PER_PAGE).get_page(request.GET.get("page"))
    leaders = selectors.leaders_of(page, actor)
    rows = [(board, leaders.get(board.pk)) for board in page]
    return render(request, "evals/leaderboards/list.html", {"page": page, "rows": rows})


@require_safe
def leaderboard_detail(request: HttpRequest, slug: str) -> HttpResponse:
    actor = actor_of(request)
    board = selectors.board(slug, actor)
    entries = list(selectors.entries_of(board, actor))
    # Entries stand on the version they were measured with; the head may already be another.
    version = entries[0].run.benchmark_version if entries else catalog.current_version(board.benchmark)
    wanted = _filter_of(request)
    context = {
        "board": board,
        "entries": [entry for entry in entries if wanted.keeps(entry)],
        "wanted": wanted,
        "choices": filters.choices_in(entries),
        "sizes": filters.SIZES,
        "version": version,
        "higher_is_better": _is_higher_better(version, board),
        "harnesses": sorted({f"{entry.run.harness} {entry.run.harness_version}" for entry in entries}),
    }
    return render(request, "evals/leaderboards/detail.html", context)


def _filter_of(request: HttpRequest) -> filters.EntryFilter:
    size = request.GET.get("size", "")
    return filters.EntryFilter(
        organization=request.GET.get("organization", ""),
        licence=request.GET.get("licence", ""),
        most_parameters=int(size) if size in map(str, filters.SIZES) else None,
    )


def _is_higher_better(version: BenchmarkVersion | None, board: Leaderboard) -> bool:
    tasks = catalog.tasks_of(version) if version else []
    metrics = [metric for task in tasks if task.name == board.task for metric in task.metrics]
    return next((bool(m["higher_is_better"]) for m in metrics if m["name"] == board.metric), True)
