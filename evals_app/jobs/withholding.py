"""Jobs on held-out benchmarks: what is kept from everybody but the benchmark's owner.

A job's row holds only what everybody may know who may see the job, so that no page, stream, client or export
can show more. The rest lies in a record beside it: the full order, what the engine printed and said, the
place of the answers. What is not known to be harmless goes there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Q

from evals_app.catalog.held_out import rounded
from evals_app.compute.models import Worker
from evals_app.jobs import logs, progress_words
from evals_app.jobs.exchange import EngineEvent, Environment, LogText, Metric, Outcome, Progress
from evals_app.jobs.failures import Failure
from evals_app.jobs.models import Job, WithheldLogChunk, WithheldRecord
from hub.accounts.actors import Actor
from hub.core.errors import NotFound
from models_app.repositories import access

# Of a result, of what it tells of the model, and of each task.
RESULT = ("harness", "harness_version", "benchmark", "seeds", "hardware", "environment")
MODEL = (
    *("id", "commit", "base_model", "architecture", "parameters", "dtype", "device", "context"),
    *("tokenizer", "chat_template_hash"),
)
TASK = (
    *("task", "task_version", "sample_count", "sample_limit", "cut_count", "duration_seconds"),
    *("settings", "seeds"),
)
VALUE = ("metric", "higher_is_better", "unit", "signature")
ENVIRONMENT = ("python", "platform", "threads", "packages", "machine")
NOTICE = "[The log is withheld: the benchmark holds its items out.]\n"
METRIC = re.compile(r"requests_per_second|system/[a-z0-9_]{1,40}")


def open_to(worker: Worker) -> Q:
    """Which jobs may run on a worker. A lent machine shows its owner what it works on, so that held-out items
    go to none, trusted or not. Costs a query for a worker with a token."""
    return Q() if worker.is_own else Q(is_held_out=False)


# --- The order --------------------------------------------------------------------------------------


def full_order(job: Job) -> dict[str, Any]:
    """What the engine gets: nothing is missing there."""
    return {**job.spec, **job.withheld.order} if job.is_held_out else job.spec


def grants_of(job: Job) -> list[dict[str, Any]]:
    """What the job's token is lent, and its user has no right to: the items and the place of the answers,
    by the names they have now."""
    if not job.is_held_out:
        return []
    benchmark = job.withheld.benchmark.repository.full_id
    answers = job.withheld.order["samples_repository"]
    return [
        {"on": f"lent:dataset:{benchmark}", "may": ["read"]},
        {"on": f"lent:dataset:{answers}", "may": ["read", "write"]},
    ]


# --- What the engine says ---------------------------------------------------------------------------


def pass_on(job: Job, events: Iterable[EngineEvent]) -> list[EngineEvent]:
    """The events without what may quote items or answers; the log is kept in the job's record."""
    heard = list(events)
    shown = [told for event in heard if (told := _shown(job, event)) is not None]
    is_first = _keep_log(job, "".join(event.text for event in heard if isinstance(event, LogText)))
    return [LogText(NOTICE), *shown] if is_first else shown


def _shown(job: Job, event: EngineEvent) -> EngineEvent | None:
    match event:
        case Progress():
            tasks = [task["name"] for task in job.spec["tasks"]]
            return event if progress_words.is_known(event.text, tasks) else replace(event, text="")
        case Metric():
            values = {name: value for name, value in event.values.items() if METRIC.fullmatch(name)}
            return Metric(event.step, values)
        case Environment():
            return Environment(_part(event.values, ENVIRONMENT))
    return None


def _keep_log(job: Job, text: str) -> bool:
    """Whether it was the first text of the job."""
    if not text:
        return False
    record = WithheldRecord.objects.select_for_update().get(job=job)
    is_first = not record.log_length
    if kept := logs.within_limit(record.log_length, logs.clean(text)):
        WithheldLogChunk.objects.bulk_create(
            [WithheldLogChunk(record=record, attempt=job.attempt, text=part) for part in logs.chunks(kept)]
        )
        record.log_length += len(kept)
        record.save(update_fields=["log_length"])
    return is_first and bool(kept)


def shown_outcome(outcome: Outcome) -> Outcome:
    """The scores and what they depend on. A failure keeps its name and loses its words."""
    failure = Failure(outcome.failure.code, "") if outcome.failure else None
    return replace(outcome, result=_shown_result(outcome.result), failure=failure)


def keep_outcome(job: Job, outcome: Outcome) -> None:
    message = outcome.failure.message if outcome.failure else ""
    WithheldRecord.objects.filter(job=job).update(result=outcome.result, error_message=message)


def _shown_result(result: Mapping[str, Any]) -> dict[str, Any]:
    shown = _part(result, RESULT)
    if isinstance(result.get("model"), dict):
        shown["model"] = _part(result["model"], MODEL)
    tasks = result.get("tasks")
    if isinstance(tasks, list):
        shown["tasks"] = [_shown_task(task) for task in tasks if isinstance(task, dict)]
    return shown


def _shown_task(task: Mapping[str, Any]) -> dict[str, Any]:
    values = task.get("values")
    listed = values if isinstance(values, list) else []
    return {
        **_part(task, TASK),
        "values": [_shown_value(value) for value in listed if isinstance(value, dict)],
    }


def _shown_value(value: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {name: rounded(value[name]) for name in ("value", "stderr") if name in value}
    return {**_part(value, VALUE), **numbers}


def _part(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


# --- Those who may see it ---------------------------------------------------------------------------


def may_see(actor: Actor, record: WithheldRecord) -> bool:
    """Who writes to the benchmark. Not who reads it: should it become public, the answers do not."""
    return access.can(actor, record.benchmark.repository, access.Need.WRITE)


def record_for(actor: Actor, job_id: UUID) -> WithheldRecord:
    """NotFound when nothing is withheld, and for everybody but the benchmark's owner, who sees it of private
    models too: their answers are the owner's to keep."""
    rows = WithheldRecord.objects.select_related(
        "job__owner", "job__submitted_by", "benchmark__repository__namespace"
    )
    record = rows.filter(job=job_id).first()
    if record is None or not may_see(actor, record):
        raise NotFound(f"Nothing of a job {job_id} is withheld, or you may not see it.")
    return record


def log_of(record: WithheldRecord) -> Iterable[str]:
    """All that is kept, a piece at a time."""
    rows = WithheldLogChunk.objects.filter(record=record).order_by("pk")
    return rows.values_list("text", flat=True).iterator(chunk_size=50)


def submissions_to(benchmark_id: int, limit: int) -> list[WithheldRecord]:
    """Newest first, failed ones too; for the benchmark's owner."""
    rows = WithheldRecord.objects.filter(benchmark=benchmark_id).select_related(
        "job__owner", "job__submitted_by", "job__queue"
    )
    return list(rows.order_by("-job__created_at", "-pk")[:limit])


def answers_of(job: Job) -> dict[str, Any]:
    """Where the engine put the answers to each task, by its name."""
    if not job.is_held_out:
        return {}
    tasks = job.withheld.result.get("tasks") or []
    return {str(task.get("task")): task.get("samples") for task in tasks if isinstance(task, dict)}


def exact_values(job: Job, task: str) -> dict[str, float]:
    """Each metric with all its digits, as the engine told it; empty for a job that withholds nothing."""
    if not job.is_held_out:
        return {}
    tasks = [one for one in job.withheld.result.get("tasks") or [] if one.get("task") == task]
    return {value["metric"]: value["value"] for one in tasks for value in one["values"]}
