"""Reads of claims: of models and benchmarks that the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from evals_app.claims import matching
from evals_app.claims.models import Claim, Publication
from evals_app.runs import selectors as runs
from evals_app.runs.models import Run, RunValue
from hub.accounts.actors import Actor
from models_app.repositories import access
from models_app.repositories.models import Repository

MOST_SHOWN = 12
MOST_ON_BOARD = 200
MOST_RUNS = 200


@dataclass(frozen=True, slots=True)
class Told:
    """A claim beside what was measured here of the same, if anything was."""

    claim: Claim
    measured: RunValue | None

    @property
    def is_contradicted(self) -> bool:
        value, claimed = self.measured, self.claim.scaled
        return (
            value is not None
            and claimed is not None
            and matching.contradicts(claimed, value.value, value.stderr)
        )


def told_by(actor: Actor, model: Repository) -> list[Told]:
    """What the card says, without the entries that were published from here. At most three queries."""
    rows = list(
        Claim.objects.filter(model=model, run=None).select_related("benchmark__repository__namespace")
    )
    measured = _measured(actor, model) if any(row.benchmark_id for row in rows) else {}
    return [
        Told(row, measured.get((row.benchmark_id, row.matched_task, row.matched_metric))) for row in rows
    ][:MOST_SHOWN]


def _measured(actor: Actor, model: Repository) -> dict[tuple[int | None, str, str], RunValue]:
    """The newest complete measurement of each metric."""
    found: dict[tuple[int | None, str, str], RunValue] = {}
    for run in runs.runs_of_model(actor, model).filter(sample_limit=None)[:MOST_RUNS]:
        for value in run.values.all():
            found.setdefault((run.benchmark_version.benchmark_id, run.task, value.metric), value)
    return found


def about(actor: Actor, columns: Sequence[tuple[int, str, str]]) -> list[Claim]:
    """Of benchmark, task and metric each: what cards of visible models claim. One query."""
    wanted = Q(pk__in=[])
    for benchmark, task, metric in columns:
        wanted |= Q(benchmark_id=benchmark, matched_task=task, matched_metric=metric)
    rows = Claim.objects.filter(
        wanted, run=None, model__in=access.visible_to(actor).order_by().values("pk"), model__is_disabled=False
    ).select_related("model__namespace")
    return list(rows.order_by("model__key", "matched_metric", "pk")[:MOST_ON_BOARD])


def publication_of(run: Run) -> Publication | None:
    return Publication.objects.filter(run=run).select_related("discussion").first()
