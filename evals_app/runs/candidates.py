"""Which runs may stand in a column of a board, and why others may not. Reads; the rule is the recipe's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from evals_app.catalog.models import BenchmarkVersion
from evals_app.runs.models import Run, RunValue

DTYPE_CLASSES = {"bfloat16": "16-bit", "float16": "16-bit", "float32": "32-bit"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A measured value with what decides where it may stand."""

    run_id: UUID
    model_id: int
    model_name: str
    measured_at: datetime
    value: float
    stderr: float | None
    sample_count: int
    recipe: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A public run that stands in no column of its benchmark's board; `reason` is a word for pages."""

    run_id: UUID
    model_name: str
    reason: str


def recipe(dtype: object, chat_template: object, few_shot: object) -> str:
    """How a model was run, as far as it changes scores and the fingerprint does not hold it."""
    parts = [DTYPE_CLASSES.get(str(dtype), str(dtype or "?"))]
    if few_shot:
        parts.append(f"{few_shot}-shot")
    if chat_template:
        parts.append("chat template")
    return " · ".join(parts)


def candidates(
    version: BenchmarkVersion, task: str, metric: str, *, within: int | None = None
) -> Iterator[Candidate]:
    """Newest first: whole test sets, the same fingerprint, models that are public and still there.
    `within` is the namespace whose private runs are admitted too. One query."""
    rows = (
        RunValue.objects.filter(
            _admitted(within),
            metric=metric,
            run__task=task,
            run__sample_limit=None,
            run__benchmark_version__fingerprint=version.fingerprint,
            run__benchmark_version__benchmark_id=version.benchmark_id,
        )
        .order_by("-run__created_at", "-run__id")
        .values_list(
            *("run_id", "run__model_id", "run__model_name", "run__created_at", "value", "stderr"),
            *(
                "run__sample_count",
                "run__settings__dtype",
                "run__settings__chat_template",
                "run__settings__few_shot",
            ),
        )
    )
    for *facts, dtype, chat, shots in rows.iterator(chunk_size=2000):
        run, model, name, measured, value, stderr, count = facts
        yield Candidate(run, model, name, measured, value, stderr, count, recipe(dtype, chat, shots))


def _admitted(within: int | None) -> Q:
    public = Q(run__is_private=False, run__model__visibility="public")
    if within is not None:
        public |= Q(run__owner_id=within, run__model__namespace_id=within)
    return public & Q(run__model__is_disabled=False)


def refused(version: BenchmarkVersion, task: str, limit: int) -> list[Refused]:
    """The newest public runs of the task that no column takes, whatever their recipe: only part of the
    samples, or another declaration. Models that have a complete run of this version are not named."""
    runs: QuerySet[Run] = Run.objects.filter(
        task=task,
        is_private=False,
        benchmark_version__benchmark_id=version.benchmark_id,
        model__visibility="public",
        model__is_disabled=False,
    )
    complete = runs.filter(
        sample_limit=None,
        benchmark_version__fingerprint=version.fingerprint,
        model_id=OuterRef("model_id"),
    )
    left_out = runs.exclude(Exists(complete)).order_by("-created_at", "-id")
    return [
        Refused(run_id, name, "part-of-samples" if part is not None else "other-version")
        for run_id, name, part in left_out.values_list("id", "model_name", "sample_limit")[:limit]
    ]
