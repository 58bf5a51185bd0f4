"""A declared task of `benchmark.yaml` as this engine reads it (the hub has checked it already)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals_app.engines.failures import bad_input
from evals_app.engines.workplace import Reference
from evals_app.metrics.catalogue import KINDS, METRICS


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """`reads` is `output`, `reference-output` or `prompt-output`; `label` a class, or empty."""

    reference: Reference
    reads: str
    label: str


@dataclass(frozen=True, slots=True)
class DeclaredMetric:
    name: str
    higher_is_better: bool
    unit: str
    model: LearnedModel | None = None


@dataclass(frozen=True, slots=True)
class DeclaredTask:
    """`prompt`, `target`, `choices` and `tests` are Jinja templates over the columns of a row; `target` of
    a task with choices gives the index, or the text, of the right one. `draws` answers are sampled for
    each question where it is more than one."""

    name: str
    version: str
    kind: str
    data: Reference
    data_place: Mapping[str, str]
    prompt: str
    target: str
    choices: str | Sequence[str]
    metrics: Sequence[DeclaredMetric]
    max_new_tokens: int
    stop: Sequence[str]
    few_shot: int
    language: str | None
    delimiter: str
    tests: str
    few_shot_file: str
    draws: int
    temperature: float
    top_p: float


def read(raw: Mapping[str, Any], benchmark: Reference, benchmark_version: str) -> DeclaredTask:
    """Raises Failure(bad-input) for what is missing."""
    name = str(raw.get("name") or "")
    kind = str(raw.get("kind") or "")
    if kind not in KINDS:
        raise bad_input(
            f"Task {name!r} is of the unknown kind {kind!r}. Kinds are {', '.join(sorted(KINDS))}."
        )
    data, decoding = raw.get("data") or {}, raw.get("decoding") or {}
    return DeclaredTask(
        name=name,
        version=str(raw.get("version") or benchmark_version or "1"),
        kind=kind,
        data=_data_repository(data, benchmark),
        data_place={key: str(data[key]) for key in ("file", "split") if data.get(key)},
        prompt=str(raw.get("prompt") or ""),
        target=str(raw.get("target") or ""),
        choices=raw.get("choices") or (),
        metrics=[_metric(name, metric) for metric in raw.get("metrics") or []],
        max_new_tokens=int(decoding.get("max_new_tokens") or 64),
        stop=[str(text) for text in decoding.get("stop") or []],
        few_shot=int(raw.get("few_shot") or 0),
        language=raw.get("target_language") or None,
        delimiter=str(raw.get("delimiter") or ""),
        tests=str(raw.get("tests") or ""),
        few_shot_file=str(data.get("few_shot_file") or ""),
        draws=int(decoding.get("samples") or 1),
        temperature=float(decoding.get("temperature") or 0.0),
        top_p=float(decoding.get("top_p") or 1.0),
    )


def _data_repository(data: Mapping[str, Any], benchmark: Reference) -> Reference:
    """The benchmark's own, unless another is named; the declaration pins that to a commit."""
    if "repository" not in data:
        return benchmark
    return Reference(str(data["repository"]), str(data["commit"]))


def _metric(task: str, raw: Mapping[str, Any] | str) -> DeclaredMetric:
    declared: Mapping[str, Any] = {"name": raw} if isinstance(raw, str) else raw
    name = str(declared.get("name"))
    if isinstance(declared.get("model"), dict):
        return DeclaredMetric(
            name,
            bool(declared["higher_is_better"]),
            str(declared.get("unit") or ""),
            _learned(declared["model"]),
        )
    known = METRICS.get(name)
    if known is None:
        raise bad_input(f"Task {task!r} asks for the unknown metric {name!r}.")
    return DeclaredMetric(
        name,
        bool(declared.get("higher_is_better", known.higher_is_better)),
        str(declared.get("unit") or known.unit),
    )


def _learned(raw: Mapping[str, Any]) -> LearnedModel:
    reference = Reference(str(raw["id"]), str(raw["commit"]))
    return LearnedModel(reference, str(raw.get("reads") or "reference-output"), str(raw.get("label") or ""))
