"""Per-sample scores and outputs of a run, read from the Parquet file in its samples repository."""

from __future__ import annotations

import base64
import binascii
import logging
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from evals_app.metrics import bootstrap, formulas
from evals_app.metrics.formulas import Statistics
from evals_app.metrics.significance import SEED
from evals_app.runs import packing
from evals_app.runs.models import Run, RunValue, SampleScores
from hub.accounts.actors import Actor
from hub.core.errors import HubError
from models_app.previews import programs
from models_app.repositories import access, selectors
from models_app.repositories.access import Need
from models_app.repositories.models import Repository, RepositoryType

log = logging.getLogger(__name__)

PROGRAM = "evals_app.runs.samples_program"
SECONDS = 60
PAGE_SECONDS = 15
# What a reader's request may make the program fetch; collecting is the hub's own chore and may read all.
PAGE_BYTES = 64_000_000
DRAWS = 2000
# Sums in another order differ in their last digits.
TOLERANCE = 1e-6
COLUMNS = ("prompt", "references", "response")
CHANCE_METRICS = frozenset({"acc", "acc_norm"})
_turns = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a model was asked and answered, as texts that may be cut."""

    prompt: str = ""
    references: str = ""
    response: str = ""


def collect(run: Run) -> int:
    """Keep the statistics of each metric whose value they reproduce; returns of how many. Done once a
    run; nothing for a run without a file, and for a file that cannot be read."""
    if run.sample_scores.exists():
        return 0
    values = {value.metric: value for value in run.values.all()}
    try:
        repository = access.get_repository_named(RepositoryType.DATASET, run.samples_repository)
        said = _ask(run, repository, {"metrics": list(values)}, seconds=SECONDS)
    except HubError as error:
        log.info("no samples of run %s: %s", run.pk, error)
        return 0
    kept = [_scores(run, values[metric], said, found) for metric, found in said.get("scores", {}).items()]
    rows = [row for row in kept if row is not None]
    SampleScores.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _scores(run: Run, value: RunValue, said: dict[str, Any], found: Sequence[Any]) -> SampleScores | None:
    rows = _unpacked(*found)
    of_sums = formulas.formula(value.metric)
    if rows is None or len(rows) != run.sample_count:
        return None
    again = float(of_sums(rows.sum(axis=0)))
    if abs(again - value.value) > TOLERANCE * max(1.0, abs(value.value)):
        log.warning("samples of run %s give %s = %s, not %s", run.pk, value.metric, again, value.value)
        return None
    interval = bootstrap.bca_interval(rows, of_sums, count=DRAWS, seed=SEED)
    return SampleScores(
        run=run,
        metric=value.metric,
        sample_count=len(rows),
        order=str(said.get("order", ""))[:64],
        data=packing.pack(rows),
        low=interval.low,
        high=interval.high,
        chance=said.get("chance") if value.metric in CHANCE_METRICS else None,
    )


def _unpacked(count: int, width: int, packed: str) -> Statistics | None:
    """None for what is no table of finite numbers."""
    try:
        flat = np.frombuffer(zlib.decompress(base64.b64decode(packed)), dtype=np.float64)
        rows = flat.reshape(count, width)
    except (ValueError, binascii.Error, zlib.error):
        return None
    fits = len(rows) >= 2 and rows.size <= packing.MOST_CELLS
    return rows if fits and bool(np.all(np.isfinite(rows))) else None


def outputs(actor: Actor, run: Run, rows: Sequence[int]) -> list[Outputs] | None:
    """The given samples, in that order; None when the actor may not read the file, or it is gone."""
    if not run.samples_repository or not _turns.acquire(timeout=PAGE_SECONDS):
        return None
    try:
        repository = access.get_repository_for(
            actor, RepositoryType.DATASET, run.samples_repository, Need.CONTENT
        )
        order = {"rows": list(rows), "columns": COLUMNS}
        said = _ask(run, repository, order, seconds=PAGE_SECONDS, budget=PAGE_BYTES)
    except HubError:
        return None
    finally:
        _turns.release()
    texts = said.get("texts")
    return [Outputs(**text) for text in texts] if texts is not None else None


def _ask(
    run: Run,
    repository: Repository,
    order: dict[str, Any],
    *,
    seconds: float,
    budget: int = programs.NO_LIMIT,
) -> dict[str, Any]:
    entry = selectors.find(repository, run.samples_commit, run.samples_path)
    content = selectors.open_content(repository, entry)
    return programs.converse(
        PROGRAM, {"size": content.size, **order}, [content.read], seconds=seconds, budget=budget
    )


def rows_of(scores: SampleScores) -> Statistics:
    return packing.unpack(bytes(scores.data))


def bounds_of(benchmark_id: int, task: str, metric: str) -> dict[UUID, tuple[float, float]]:
    """The bootstrap intervals of all runs of a task. One query."""
    rows = _kept(benchmark_id, task, metric).values_list("run_id", "low", "high")
    return {run: (low, high) for run, low, high in rows.iterator(chunk_size=5000)}


def chance_of(benchmark_id: int, task: str, metric: str) -> float | None:
    """What guessing gives, as the newest run found it."""
    rows = _kept(benchmark_id, task, metric).exclude(chance=None).order_by("-id")
    return rows.values_list("chance", flat=True).first()


def _kept(benchmark_id: int, task: str, metric: str) -> QuerySet[SampleScores]:
    return SampleScores.objects.filter(
        metric=metric, run__task=task, run__benchmark_version__benchmark_id=benchmark_id
    )
