"""Pages of benchmarks."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evals_app.catalog import selectors
from evals_app.leaderboards import selectors as leaderboards
from evals_app.runs import selectors as runs
from hub.accounts.requests import actor_of

PER_PAGE = 30
NEWEST_RUNS = 20


@require_safe
def benchmark_list(request: HttpRequest) -> HttpResponse:
    benchmarks = selectors.benchmarks_visible_to(actor_of(request))
    page = Paginator(benchmarks, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "evals/benchmarks/list.html", {"page": page})


@require_safe
def benchmark_detail(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    actor = actor_of(request)
    benchmark = selectors.get_benchmark(actor, namespace, name)
    version = selectors.current_version(benchmark)
    context = {
        "benchmark": benchmark,
        "version": version,
        "declaration": version.declaration if version else {},
        "tasks": selectors.tasks_of(version) if version else [],
        "versions": selectors.versions_of(benchmark),
        "boards": leaderboards.boards_of_benchmark(actor, benchmark),
        "runs": runs.runs_of_benchmark(actor, benchmark)[:NEWEST_RUNS],
    }
    return render(request, "evals/benchmarks/detail.html", context)
