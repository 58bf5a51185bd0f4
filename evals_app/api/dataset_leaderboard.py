"""What the ecosystem's client calls a dataset's leaderboard, in the form of its other routes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from evals_app.catalog import selectors as catalog
from evals_app.catalog.models import Benchmark
from evals_app.leaderboards import selectors as leaderboards
from evals_app.leaderboards.models import Leaderboard, LeaderboardEntry
from hub.accounts.actors import Actor
from models_app.hf_api.http import absolute, hf_view, json_list, query_flag

MAX_ROWS = 500


@hf_view
def show(request: HttpRequest, actor: Actor, /, *, namespace: str, name: str) -> HttpResponseBase:
    """As `HfApi.get_dataset_leaderboard` reads it: of the benchmark's first task, or of `?task_id=`; with
    `?base_model=true` without the models that were made of another one."""
    benchmark = catalog.get_benchmark(actor, namespace, name)
    boards = leaderboards.boards_of_benchmark(actor, benchmark)
    task = request.GET.get("task_id") or _first_task(boards, benchmark)
    board = next((board for board in boards if board.task == task), None)
    if board is None:
        return json_list([])
    entries = leaderboards.with_owners(leaderboards.entries_of(board, actor)).exclude(value=None)
    if query_flag(request, "base_model"):
        entries = leaderboards.without_derived(entries)
    return json_list([_row(request, entry) for entry in entries[:MAX_ROWS]])


def _first_task(boards: list[Leaderboard], benchmark: Benchmark) -> str:
    version = catalog.current_version(benchmark)
    tasks = catalog.tasks_of(version) if version is not None else []
    return tasks[0].name if tasks else boards[0].task if boards else ""


def _row(request: HttpRequest, entry: LeaderboardEntry) -> dict[str, Any]:
    run = entry.run
    return {
        "rank": entry.rank,
        "modelId": run.entrant,
        "value": entry.value,
        "filename": f"runs/{run.pk}",
        "verified": True,
        "source": {"url": absolute(request, run.get_absolute_url()), "name": "run"},
        "author": {
            "type": "org" if run.owner.is_organization else "user",
            "name": run.owner.name,
            "fullname": run.owner.full_name or run.owner.name,
            "avatarUrl": absolute(request, f"/avatars/{run.owner.key}.svg"),
        },
    }
