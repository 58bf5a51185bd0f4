"""What a job's page says about its order and result: labels, words and links, from the stored JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from evals_app.jobs import words
from evals_app.jobs.failures import FailureCode
from evals_app.jobs.models import Job, JobKind, JobLogChunk, JobState


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class LogPart:
    text: str
    # The number of an attempt that starts here; 0 elsewhere.
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class FailureView:
    """`title` and `sentence` in the reader's language; `details` as the engine wrote them."""

    title: str
    sentence: str
    details: str


def failure_of(job: Job) -> FailureView | None:
    """Also of an earlier attempt, while the job waits for its next one."""
    if not job.error_code or job.error_code == FailureCode.CANCELLED:
        return None
    return FailureView(words.failure_title(job.error_code), words.failure(job), words.details(job))


def is_live(job: Job) -> bool:
    return job.state in (JobState.QUEUED, JobState.RUNNING)


def repository_fact(label: str, type_: str, reference: Any) -> Fact:
    """A repository at a commit, linked to the tree at that commit."""
    if not isinstance(reference, dict) or not reference.get("id"):
        return Fact(label, _("begun from nothing"))
    full_id, commit = str(reference["id"]), str(reference.get("commit") or "")
    base = f"{'/datasets' if type_ == 'dataset' else ''}/{full_id}"
    return Fact(
        label, f"{full_id} @ {commit[:7]}" if commit else full_id, f"{base}/tree/{commit}" if commit else base
    )


def order_facts(job: Job) -> list[Fact]:
    """What was asked for, by kind."""
    spec = job.spec
    match job.kind:
        case JobKind.EVALUATE:
            tasks = [str(task.get("name", "")) for task in spec.get("tasks", []) if isinstance(task, dict)]
            facts = [
                _measured_fact(spec),
                _benchmark_fact(spec),
                Fact(_("Tasks"), ", ".join(tasks)),
            ]
            limit = spec.get("limit")
            return (
                [*facts, Fact(_("Samples"), _("first %(limit)s of each task") % {"limit": limit})]
                if limit
                else facts
            )
        case JobKind.FINE_TUNE:
            return [
                repository_fact(_("Base model"), "model", spec.get("base_model")),
                repository_fact(_("Dataset"), "dataset", spec.get("dataset")),
                Fact(_("Recipe"), str(spec.get("recipe", ""))),
                Fact(_("Result"), str(spec.get("output", "")), f"/{spec.get('output', '')}"),
            ]
        case JobKind.CONTAINER:
            return [
                Fact(_("Image"), str(spec.get("image", ""))),
                Fact(_("Command"), shlex.join(spec.get("command") or [])),
                Fact(_("Arguments"), shlex.join(spec.get("arguments") or [])),
                Fact(_("Secrets"), ", ".join(spec.get("secrets") or [])),
            ]
    prefix = "/datasets" if spec.get("source_type") == "dataset" else ""
    return [
        Fact(_("From"), f"{spec.get('upstream', '')}/{spec.get('source', '')}"),
        Fact(_("Revision"), str(spec.get("source_revision", ""))),
        Fact(_("Result"), str(spec.get("output", "")), f"{prefix}/{spec.get('output', '')}"),
    ]


def _benchmark_fact(spec: Mapping[str, Any]) -> Fact:
    """Of held-out items there is no tree to look at, but a page."""
    fact = repository_fact(_("Benchmark"), "dataset", spec.get("benchmark"))
    return replace(fact, url=f"/benchmarks/{spec['benchmark']['id']}") if spec.get("held_out") else fact


def _measured_fact(spec: Mapping[str, Any]) -> Fact:
    if "endpoint" in spec:
        return Fact(_("External model"), str(spec["endpoint"]["id"]), "/endpoints")
    return repository_fact(_("Model"), "model", spec.get("model"))


def environment_facts(job: Job) -> list[Fact]:
    """Libraries, hardware, threads and seeds, as engine and supervisor told them; none before they did."""
    if not (job.environment or job.result):
        return []
    seeds = job.spec.get("settings", {}).get("seed")
    for task in job.result.get("tasks") or []:
        seeds = task.get("seeds") or seeds
    told = {"hardware": job.result.get("hardware"), "seeds": seeds, **job.environment}
    machine = told.pop("machine", None) or {}
    return facts_of(told | {f"machine {name}": _size(name, value) for name, value in machine.items()})


def _size(name: str, value: Any) -> Any:
    is_size = name.endswith("_bytes") and isinstance(value, int | float)
    return f"{value / 1e9:.1f} GB" if is_size else value


def facts_of(values: Mapping[str, Any] | None) -> list[Fact]:
    """Names and plain values, by name; what is not set is left out."""
    return [
        Fact(name, _plain(value))
        for name, value in sorted((values or {}).items())
        if value not in (None, "", [], {})
    ]


def spec_text(job: Job) -> str:
    return json.dumps(job.spec, indent=2, ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(inner) for inner in value)
    return str(value)


def log_parts(chunks: list[JobLogChunk], attempt: int) -> list[LogPart]:
    """The texts, with a mark where a later attempt begins; `attempt` is the last the reader has seen."""
    parts = []
    for chunk in chunks:
        parts.append(
            LogPart(chunk.text, chunk.attempt if chunk.attempt != attempt and chunk.attempt > 1 else 0)
        )
        attempt = chunk.attempt
    return parts


def schedule_name(order: Mapping[str, Any]) -> str:
    """What a schedule is called until somebody calls it otherwise."""
    return (words.request_title(str(order.get("kind")), words.names_in(order)) or _("Schedule"))[:120]
