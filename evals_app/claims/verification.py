"""Whether an entry of a card is a measurement of this hub: the address of a run alone proves nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from evals_app.claims import matching
from evals_app.runs import selectors as runs
from evals_app.runs.models import Run, ScoreState
from hub.accounts.actors import Actor
from models_app.repositories.models import Repository

# A number that went through YAML keeps its digits.
CLOSE = 1e-9


def run_named(url: str) -> UUID | None:
    """The run of this hub that a source names."""
    try:
        return UUID(matching.run_named(url, settings.PUBLIC_URL))
    except ValueError:
        return None


def says_it(
    run: Run, model: Repository, *, dataset: str, task: str, revision: str, value: float | None
) -> bool:
    """Whether the entry says of the run what it was: model, benchmark and its commit, task, and number."""
    about = (run.model_id, run.benchmark_name.lower(), run.task, run.dataset_commit)
    if value is None or about != (model.pk, dataset.lower(), task, revision):
        return False
    return math.isclose(runs.primary_value(run).value, value, rel_tol=CLOSE, abs_tol=CLOSE)


def measured(actor: Actor, entries: Sequence[tuple[Repository, Mapping[str, Any]]]) -> list[bool]:
    """The `models_app.cards.evaluations.Verifier`: of runs that the actor may see, over all samples, and not
    disputed. Two queries, none where no entry names a run."""
    named = [run_named(data.get("source", {}).get("url", "")) for _model, data in entries]
    ids = {pk for pk in named if pk is not None}
    visible = runs.runs_visible_to(actor).filter(pk__in=ids, sample_limit=None) if ids else ()
    found = {run.pk: run for run in visible if run.state != ScoreState.DISPUTED}
    return [
        run is not None
        and says_it(
            run,
            model,
            dataset=data["dataset"]["id"],
            task=data["dataset"]["task_id"],
            revision=data["dataset"].get("revision", ""),
            value=float(data["value"]),
        )
        for (model, data), run in zip(entries, (found.get(pk) for pk in named), strict=True)  # type: ignore[arg-type]
    ]
