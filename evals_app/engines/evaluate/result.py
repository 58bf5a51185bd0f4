"""What was measured on what, in the words of `result.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals_app.engines import surroundings
from evals_app.engines.evaluate import harness, prompts
from evals_app.engines.evaluate.declared import DeclaredTask
from evals_app.engines.evaluate.models import Source
from evals_app.engines.evaluate.prompts import Question
from evals_app.engines.workplace import Workplace
from evals_app.metrics.scoring import Score


@dataclass(frozen=True, slots=True)
class Measured:
    task: DeclaredTask
    scores: dict[str, Score]
    questions: Sequence[Question]
    cut_count: int
    duration: float


@dataclass(frozen=True, slots=True)
class Conditions:
    """Everything the numbers depend on beside model and data."""

    settings: Mapping[str, Any]
    device: str
    environment: dict[str, Any]
    chat_template: str | None

    @property
    def seeds(self) -> dict[str, int]:
        return dict.fromkeys([*harness.SEEDS, "sampling", "bootstrap"], int(self.settings["seed"]))


def of(
    place: Workplace,
    source: Source,
    model: Any,
    measured: Sequence[Measured],
    conditions: Conditions,
    samples: Mapping[str, str],
) -> dict[str, Any]:
    """`samples` names the repository and commit that hold the answers; empty when they were not kept."""
    first = measured[0].task.data
    return {
        "harness": harness.HARNESS,
        "harness_version": conditions.environment["packages"]["lm_eval"],
        "model": _model(place, source, model, conditions),
        "benchmark": place.spec["benchmark"],
        "dataset": {"id": first.id, "commit": first.commit},
        "seeds": conditions.seeds,
        "hardware": surroundings.hardware(conditions.device),
        "environment": conditions.environment,
        "tasks": [_task(place, one, conditions, samples) for one in measured],
    }


def _model(place: Workplace, source: Source, model: Any, conditions: Conditions) -> dict[str, Any]:
    chat = {"chat_template_hash": _digest(conditions.chat_template) if conditions.chat_template else None}
    if source.endpoint is not None:
        endpoint = {k: v for k, v in source.endpoint.items() if k != "through"}
        return {"id": source.name, "external": True, "endpoint": endpoint} | chat
    weights: Any = getattr(model, "model", None)
    facts: dict[str, Any] = dict(place.spec["model"])
    if place.spec.get("base_model"):
        facts["base_model"] = place.spec["base_model"]
    if hasattr(weights, "num_parameters"):
        facts |= {
            "architecture": weights.config.model_type,
            "parameters": weights.num_parameters(),
            "dtype": str(weights.dtype).removeprefix("torch."),
        }
    return (
        facts
        | {"device": conditions.device, "context": model.max_length}
        | {"tokenizer": _tokenizer(place, source), **chat}
    )


def _tokenizer(place: Workplace, source: Source) -> dict[str, str]:
    """Whose it is, at which commit, and a hash over its files."""
    owner = place.spec["model"]
    if source.adapter is not None and source.tokenizer != source.adapter:
        owner = place.spec["base_model"]
    assert source.tokenizer is not None
    return {**owner, "hash": tokenizer_hash(source.tokenizer)}


def tokenizer_hash(folder: Path) -> str:
    names = ("tokenizer", "vocab", "merges", "spiece", "sentencepiece", "special_tokens", "added_tokens")
    hashed = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.name.startswith(names) or path.suffix in {".model", ".spm"}:
            hashed.update(path.name.encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


def _task(
    place: Workplace, one: Measured, conditions: Conditions, samples: Mapping[str, str]
) -> dict[str, Any]:
    task = one.task
    path = f"runs/{place.job}/{task.name}.parquet"
    return {
        "task": task.name,
        "task_version": task.version,
        "sample_count": len(one.questions),
        "sample_limit": place.spec.get("limit"),
        "cut_count": one.cut_count,
        "duration_seconds": round(one.duration, 3),
        "prompt_hash": prompts.template_hash(task),
        "prompts_hash": _digest(json.dumps([question.prompt_hash for question in one.questions])),
        "dataset": {"id": task.data.id, "commit": task.data.commit, **task.data_place},
        "settings": dict(conditions.settings) | _decoding(task) | {"prompts_cut": one.cut_count},
        "seeds": conditions.seeds,
        "samples": {**samples, "path": path} if samples else None,
        "values": [
            {
                "metric": metric.name,
                "value": one.scores[metric.name].value,
                "stderr": one.scores[metric.name].stderr,
                "higher_is_better": metric.higher_is_better,
                "unit": metric.unit,
                "signature": one.scores[metric.name].signature,
            }
            for metric in task.metrics
        ],
    }


def _decoding(task: DeclaredTask) -> dict[str, Any]:
    told: dict[str, Any] = {
        "few_shot": task.few_shot,
        "max_new_tokens": task.max_new_tokens,
        "stop": list(task.stop),
    }
    if task.draws > 1:
        told |= {"draws": task.draws, "temperature": task.temperature, "top_p": task.top_p}
    return told


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
