"""Per-sample scores of a run, read once from the Parquet file in its samples repository. Its texts are read
by `answers`."""

from __future__ import annotations

import base64
import binascii
import logging
import zlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from evals_app.catalog.held_out import rounded
from evals_app.metrics import bootstrap, formulas
from evals_app.metrics.formulas import Statistics
from evals_app.metrics.significance import SEED
from evals_app.runs import packing
from evals_app.runs.models import Run, RunValue, SampleScores
from hub.core.errors import HubError
from models_app.previews import programs
from models_app.repositories import access, selectors
from models_app.repositories.models import RepositoryType

log = logging.getLogger(__name__)

PROGRAM = "evals_app.runs.samples_program"
SECONDS = 60
DRAWS = 2000
# Sums in another order differ in their last digits.
TOLERANCE = 1e-6
# Scores on held-out items are told in few digits.
TOLERANCE_ROUNDED = 1e-3
CHANCE_METRICS = frozenset({"acc", "acc_norm"})


def collect(run: Run) -> int:
    """Keep the statistics of each metric whose value they reproduce; returns of how many. Done once a
    run; nothing for a run without a file, and for a file that cannot be read."""
    if run.sample_scores.exists():
        return 0
    values = {value.metric: value for value in run.values.all()}
    try:
        repository = access.get_repository_named(RepositoryType.DATASET, run.samples_repository)
        entry = selectors.find(repository, run.samples_commit, run.samples_path)
        content = selectors.open_content(repository, entry)
        order = {"size": content.size, "metrics": list(values)}
        said = programs.converse(PROGRAM, order, [content.read], seconds=SECONDS, budget=programs.NO_LIMIT)
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
    tolerance = TOLERANCE_ROUNDED if run.is_held_out else TOLERANCE
    if abs(again - value.value) > tolerance * max(1.0, abs(value.value)):
        log.warning("samples of run %s give %s = %s, not %s", run.pk, value.metric, again, value.value)
        return None
    interval = bootstrap.bca_interval(rows, of_sums, count=DRAWS, seed=SEED)
    return SampleScores(
        run=run,
        metric=value.metric,
        sample_count=len(rows),
        order=str(said.get("order", ""))[:64],
        data=packing.pack(rows),
        low=rounded(interval.low) if run.is_held_out else interval.low,
        high=rounded(interval.high) if run.is_held_out else interval.high,
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
