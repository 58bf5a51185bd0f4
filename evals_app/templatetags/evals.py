"""Lets a repository's page show what was measured, without the repositories knowing of evaluations."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.http import HttpRequest

from evals_app.catalog import selectors as catalog
from evals_app.catalog.models import Benchmark
from evals_app.leaderboards import selectors as leaderboards
from evals_app.leaderboards.models import LeaderboardEntry
from evals_app.runs import selectors as runs
from evals_app.runs.models import Run
from hub.accounts.actors import ANONYMOUS, Actor
from hub.core.errors import NotFound
from models_app.repositories.models import Repository, RepositoryType

register = template.Library()

NEWEST = 8


@dataclass(frozen=True, slots=True)
class Scores:
    """Of a model: its newest run on each task, and where it stands. Of a dataset: the benchmark it is."""

    runs: list[Run]
    positions: list[LeaderboardEntry]
    benchmark: Benchmark | None


@register.simple_tag(takes_context=True)
def scores_of(context: template.Context, repository: Repository) -> Scores:
    """At most three queries; only what the reader may see."""
    actor = _actor(context.get("request"))
    if repository.type == RepositoryType.DATASET:
        return Scores([], [], _benchmark(actor, repository))
    newest: dict[tuple[str, str], Run] = {}
    for run in runs.runs_of_model(actor, repository)[: NEWEST * 4]:
        newest.setdefault((run.benchmark_name, run.task), run)
    return Scores(list(newest.values())[:NEWEST], leaderboards.positions_of_model(actor, repository), None)


def _actor(request: HttpRequest | None) -> Actor:
    return getattr(request, "actor", ANONYMOUS) if request is not None else ANONYMOUS


def _benchmark(actor: Actor, repository: Repository) -> Benchmark | None:
    try:
        return catalog.get_benchmark(actor, *repository.full_id.split("/"))
    except NotFound:
        return None
