"""Writes down what was measured, once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from evals_app.catalog import selectors as catalog
from evals_app.catalog.models import BenchmarkVersion
from evals_app.jobs import withholding
from evals_app.jobs.models import Job
from evals_app.runs.models import Run, RunValue
from hub.activity import services as activity
from hub.activity.things import Thing
from hub.core.errors import InvalidInput, RepositoryNotFound
from models_app.repositories import access
from models_app.repositories.models import Repository, RepositoryType

SIGNATURE_LIMIT = 300


@transaction.atomic
def record(job: Job, result: Mapping[str, Any]) -> list[Run]:
    """One run for each task the job was asked for, with its values. InvalidInput when the result is not
    what the order asked for: nothing is kept then.
    """
    measured = {_text(entry, "task"): entry for entry in _entries(result)}
    asked = [task["name"] for task in job.spec["tasks"]]
    if sorted(measured) != sorted(asked):
        raise InvalidInput(f"The result is about {sorted(measured)}, but the job asked for {sorted(asked)}.")
    version = catalog.get_version(job.spec["benchmark"]["fingerprint"], job.spec["benchmark"]["commit"])
    model = _model_of(job)
    withheld = withholding.answers_of(job)
    runs = [_run(job, result, measured[name], version, model, withheld) for name in asked]
    Run.objects.bulk_create(runs)
    RunValue.objects.bulk_create([value for run in runs for value in _values(run, measured[run.task])])
    for run in runs:
        _tell(run)
    return runs


def set_state(run: Run, state: str) -> None:
    """No write when it is so already."""
    Run.objects.filter(pk=run.pk).exclude(state=state).update(state=state)
    run.state = state


def hide_runs_of(job_ids: Iterable[UUID]) -> None:
    """What was told of runs whose job is private now; the runs themselves follow their model."""
    ids = Run.objects.filter(job_id__in=list(job_ids)).values_list("pk", flat=True)
    activity.hide("run", [str(run_id) for run_id in ids])


def _model_of(job: Job) -> Repository | None:
    """By its address then; None when it was deleted while the job ran, or never was in this hub."""
    if "endpoint" in job.spec:
        return None
    try:
        return access.get_repository_named(RepositoryType.MODEL, job.spec["model"]["id"])
    except RepositoryNotFound:
        return None


def _run(
    job: Job,
    result: Mapping[str, Any],
    entry: Mapping[str, Any],
    version: BenchmarkVersion,
    model: Repository | None,
    withheld: Mapping[str, Any],
) -> Run:
    samples = withheld.get(entry["task"]) or entry.get("samples") or {}
    return Run(
        job=job,
        owner=job.owner,
        submitted_by=job.submitted_by,
        model=model,
        model_name=job.spec["model"]["id"],
        model_commit=job.spec["model"]["commit"],
        benchmark_version=version,
        benchmark_name=job.spec["benchmark"]["id"],
        dataset_commit=job.spec["benchmark"]["commit"],
        task=entry["task"],
        harness=_text(result, "harness")[:40],
        harness_version=_text(result, "harness_version")[:40],
        task_version=str(entry.get("task_version") or version.version)[:32],
        settings=entry.get("settings") or job.spec["settings"],
        seeds=entry.get("seeds") or {},
        hardware=result.get("hardware") or job.environment.get("hardware") or {},
        environment=result.get("environment") or job.environment,
        provenance=_provenance(result, entry),
        is_external="endpoint" in job.spec,
        sample_count=_count(entry, "sample_count"),
        sample_limit=job.spec["limit"],
        duration_seconds=_number(entry, "duration_seconds"),
        samples_repository=str(samples.get("repository") or "")[:200],
        samples_commit=str(samples.get("commit") or "")[:40],
        samples_path=str(samples.get("path") or "")[:400],
        is_private=job.is_private,
    )


def _provenance(result: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """As the engine told it. The model's address and commit stand in columns of their own."""
    told = result.get("model")
    model = {k: v for k, v in told.items() if k not in ("id", "commit")} if isinstance(told, dict) else {}
    hashes = {name: entry[name] for name in ("prompt_hash", "prompts_hash") if entry.get(name)}
    return {**model, **hashes, **({"dataset": entry["dataset"]} if entry.get("dataset") else {})}


def _values(run: Run, entry: Mapping[str, Any]) -> list[RunValue]:
    values = entry.get("values")
    if not isinstance(values, list) or not values:
        raise InvalidInput(f"The result has no values for the task {run.task}.")
    declared = next(task for task in run.job.spec["tasks"] if task["name"] == run.task)
    directions = {metric["name"]: metric for metric in declared["metrics"]}
    missing = directions.keys() - {value.get("metric") for value in values}
    if missing:
        raise InvalidInput(f"The result of {run.task} lacks {', '.join(sorted(missing))}.")
    return [_value(run, value, directions.get(value["metric"], {})) for value in values]


def _value(run: Run, value: Mapping[str, Any], declared: Mapping[str, Any]) -> RunValue:
    stderr = value.get("stderr")
    return RunValue(
        run=run,
        metric=_text(value, "metric")[:64],
        value=_number(value, "value"),
        stderr=_number(value, "stderr") if stderr is not None else None,
        higher_is_better=bool(declared.get("higher_is_better", value.get("higher_is_better", True))),
        unit=str(declared.get("unit", value.get("unit") or ""))[:24],
        signature=str(value.get("signature") or "")[:SIGNATURE_LIMIT],
    )


def _tell(run: Run) -> None:
    activity.record(
        "run.recorded",
        actor=None,
        thing=Thing("run", str(run.pk), str(run), run.get_absolute_url()),
        namespace_id=run.owner_id,
        is_public=not run.is_private,
        data={"model": run.model_name, "benchmark": run.benchmark_name, "task": run.task},
    )


def _entries(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = result.get("tasks")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidInput("The result has no list of `tasks`.")
    return entries


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"The result lacks `{key}`.")
    return value


def _number(data: Mapping[str, Any], key: str) -> float:
    value = data.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise InvalidInput(f"`{key}` in the result must be a finite number, not {value!r:.40}.")
    return float(value)


def _count(data: Mapping[str, Any], key: str) -> int:
    value = _number(data, key)
    if value < 1 or value != int(value):
        raise InvalidInput(f"`{key}` in the result must be a whole number from 1.")
    return int(value)
