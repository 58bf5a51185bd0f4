"""Pages of benchmarks."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evals_app.catalog import selectors
from evals_app.catalog.models import Benchmark
from evals_app.jobs import withholding
from evals_app.jobs.models import WithheldRecord
from evals_app.leaderboards import selectors as leaderboards
from evals_app.runs import selectors as runs
from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of
from models_app.repositories import access

PER_PAGE = 30
NEWEST_RUNS = 20
NEWEST_SUBMISSIONS = 20


@require_safe
def benchmark_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    page = Paginator(selectors.benchmarks_visible_to(actor), PER_PAGE).get_page(request.GET.get("page"))
    rows = selectors.without_problems(actor, page.object_list)
    page.object_list = rows
    opened = {row.repository_id for row in rows if selectors.may_open(actor, row)}
    return render(request, "evals/benchmarks/list.html", {"page": page, "opened": opened})


@require_safe
def benchmark_detail(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    actor = actor_of(request)
    benchmark = selectors.get_benchmark(actor, namespace, name)
    version = selectors.version_shown(actor, benchmark)
    context = {
        "benchmark": benchmark,
        "version": version,
        "declaration": version.declaration if version else {},
        "tasks": selectors.tasks_of(version) if version else [],
        "versions": selectors.versions_shown(actor, benchmark),
        "may_open": selectors.may_open(actor, benchmark),
        "submissions": _submissions(actor, benchmark),
        "boards": leaderboards.boards_of_benchmark(actor, benchmark),
        "runs": runs.runs_of_benchmark(actor, benchmark)[:NEWEST_RUNS],
    }
    return render(request, "evals/benchmarks/detail.html", context)


def _submissions(actor: Actor, benchmark: Benchmark) -> list[WithheldRecord]:
    """What was submitted to held-out items, for those who may see what is withheld."""
    if not benchmark.is_held_out or not access.can(actor, benchmark.repository, access.Need.WRITE):
        return []
    return withholding.submissions_to(benchmark.pk, NEWEST_SUBMISSIONS)
