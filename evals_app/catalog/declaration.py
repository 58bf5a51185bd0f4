"""What a benchmark declares, as checked values, and which of it changes a score. `reader` makes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

FILE_NAME = "benchmark.yaml"
MAX_BYTES = 200_000
# Keys that came later: left out of a fingerprint while they are empty, so that what was declared
# before them keeps its own.
LATER: dict[str, dict[str, Any]] = {
    "tasks": {"delimiter": "", "tests": ""},
    "metrics": {"model": None},
    "decoding": {"samples": 1, "temperature": 0.0, "top_p": 1.0},
}


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """A model of this hub that judges answers: a regression, or the probability of `label`. `reads` says
    which texts it gets: `output`, `reference-output` or `prompt-output`."""

    id: str
    commit: str
    reads: str
    label: str


@dataclass(frozen=True, slots=True)
class MetricUse:
    """`range` is what values can be, [least, most], where the metric is bounded."""

    name: str
    higher_is_better: bool
    unit: str
    range: tuple[float, float] | None
    primary: bool
    model: LearnedModel | None = None


@dataclass(frozen=True, slots=True)
class Decoding:
    """`samples` answers are drawn for each question where `do_sample` is set; else there is one."""

    max_new_tokens: int
    stop: tuple[str, ...]
    do_sample: bool
    samples: int = 1
    temperature: float = 0.0
    top_p: float = 1.0


@dataclass(frozen=True, slots=True)
class Task:
    """`data` names a `file` of the repository, or of another `repository` at a `commit`. `delimiter`
    stands between prompt and answer; `tests` are the program that a written program must survive."""

    name: str
    version: str
    title: str
    kind: str
    data: dict[str, str]
    prompt: str
    target: str
    choices: str | tuple[str, ...] | None
    metrics: tuple[MetricUse, ...]
    decoding: Decoding | None
    few_shot: int
    source_language: str
    target_language: str
    delimiter: str = ""
    tests: str = ""

    @property
    def primary_metric(self) -> MetricUse:
        return next((metric for metric in self.metrics if metric.primary), self.metrics[0])


@dataclass(frozen=True, slots=True)
class Declaration:
    title: str
    version: str
    description: str
    licence: str
    language: tuple[str, ...]
    limits: str
    biases: str
    tasks: tuple[Task, ...]
    # Everybody may be measured, and only the owner sees items and answers (`held_out`).
    held_out: bool = False
    # By one person or for one owner in 24 hours; 0 where there is no limit.
    submissions_per_day: int = 0

    def as_json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return value

    def scoring(self) -> dict[str, Any]:
        """What changes a score, or what it is worth: once the items were shown, later scores stand apart.
        Words for people are left out."""
        apart = {"held_out": True} if self.held_out else {}
        tasks = [_scoring_of(task) for task in self.as_json()["tasks"]]
        return {"version": self.version, "tasks": tasks, **apart}


def _scoring_of(task: dict[str, Any]) -> dict[str, Any]:
    kept = _without(task, LATER["tasks"])
    kept["metrics"] = [_without(metric, LATER["metrics"]) for metric in task["metrics"]]
    kept["decoding"] = task["decoding"] and _without(task["decoding"], LATER["decoding"])
    kept.pop("title")
    return kept


def _without(values: dict[str, Any], empty: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in empty or value != empty[key]}


def fingerprint(declaration: Declaration, data_files: Mapping[str, str]) -> str:
    """sha256 over all that changes a score: the scoring part and the hash of every data file."""
    scored = {"declaration": declaration.scoring(), "files": dict(data_files)}
    return hashlib.sha256(json.dumps(scored, sort_keys=True).encode()).hexdigest()
