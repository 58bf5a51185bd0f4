"""Evaluate: download, ask, score, publish the samples, and say what was measured on what."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals_app.engines import channel, hub_client, lifetime, surroundings, tables
from evals_app.engines.evaluate import declared, harness, prompts, samples
from evals_app.engines.evaluate.declared import DeclaredTask
from evals_app.engines.evaluate.harness import Answer
from evals_app.engines.evaluate.prompts import Question
from evals_app.engines.failures import bad_input
from evals_app.engines.workplace import Workplace
from evals_app.metrics import scoring
from evals_app.metrics.catalogue import GENERATION_KINDS, LIKELIHOOD_KINDS
from evals_app.metrics.scoring import Score

DEFAULTS: Mapping[str, Any] = {
    "batch_size": 8,
    "dtype": "float32",
    "device": "auto",
    "seed": 0,
    "bootstrap": 1000,
}


@dataclass(frozen=True, slots=True)
class Measured:
    task: DeclaredTask
    scores: dict[str, Score]
    sample_count: int
    cut_count: int
    duration: float


def run(place: Workplace) -> dict[str, Any]:
    """Raises Failure with a name, and Stopped at a point from which another attempt continues."""
    tasks = _tasks(place)
    settings = dict(DEFAULTS) | {k: v for k, v in place.settings.items() if v is not None}
    reference = place.reference("model")
    channel.progress(0, None, "Downloading the model")
    folder = hub_client.download_model(reference)
    _refuse_misfits(folder, tasks, reference.id)
    asked = {task.name: _questions(place, task) for task in tasks}
    lifetime.check()

    channel.progress(0, None, "Loading the libraries")
    surroundings.use_given_threads(hub_client.weight_bytes(folder) // 4)
    device = surroundings.device(str(settings["device"]))
    harness.seal()
    environment = surroundings.describe()
    channel.environment(environment)
    meter = _Meter(sum(_requests(questions) for questions in asked.values()))
    model = harness.open_model(
        folder,
        place.path("answers", _fingerprint(place, settings, device, environment), "x").parent,
        dtype=str(settings["dtype"]),
        device=device,
        batch_size=int(settings["batch_size"]),
        on_tick=meter.tick,
    )
    _refuse_short_sight(model, tasks, reference.id)
    measured = [_measure(place, model, task, asked[task.name], settings, meter) for task in tasks]
    return _result(place, model, measured, settings, device, environment)


def _tasks(place: Workplace) -> list[DeclaredTask]:
    benchmark = place.reference("benchmark")
    version = str(place.spec["benchmark"].get("version") or "")
    tasks = [declared.read(raw, benchmark, version) for raw in place.spec.get("tasks") or []]
    if not tasks:
        raise bad_input("The order names no task.")
    return tasks


def _questions(place: Workplace, task: DeclaredTask) -> list[Question]:
    channel.progress(0, None, f"Reading the data of {task.name}")
    files = tables.files_of(task.data, task.data_place)
    rows = tables.read(task.data, files, limit=place.spec.get("limit"))
    return prompts.questions(task, rows, _examples(task, files))


def _examples(task: DeclaredTask, tested: Sequence[str]) -> Sequence[tables.Row]:
    """The first rows of the training data: never of what is tested."""
    if not task.few_shot:
        return ()
    for split in ("train", "validation", "dev"):
        files = tables.find_split(task.data, split)
        if files and not set(files) & set(tested):
            return tables.read(task.data, files, limit=task.few_shot)
    raise bad_input(
        f"Task {task.name!r} wants solved examples, but its data have no train or validation split."
    )


def _requests(questions: Sequence[Question]) -> int:
    return sum(max(1, len(question.choices)) for question in questions)


class _Meter:
    """Progress over all tasks: the harness starts to count anew with each."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.before = 0
        self.task = ""

    def tick(self, done: int, _total: int) -> None:
        channel.progress(self.before + done, self.total, f"{self.task}, {self.before + done} of {self.total}")


def _fingerprint(
    place: Workplace, settings: Mapping[str, Any], device: str, environment: Mapping[str, Any]
) -> str:
    parts = [
        place.spec["model"],
        {name: settings[name] for name in ("dtype", "batch_size", "seed")},
        device,
        environment["packages"],
        environment["threads"],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


def _refuse_misfits(folder: Path, tasks: Sequence[DeclaredTask], model_id: str) -> None:
    """What the configuration tells already, before anything heavy is loaded."""
    try:
        configuration = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise bad_input(f"config.json of {model_id} is not JSON: {error}") from None
    if configuration.get("is_encoder_decoder") and any(task.kind in LIKELIHOOD_KINDS for task in tasks):
        raise bad_input(
            f"{model_id} is an encoder-decoder model; language modelling is measured on models that "
            "predict a text from its own beginning (causal ones)."
        )


def _refuse_short_sight(model: Any, tasks: Sequence[DeclaredTask], model_id: str) -> None:
    longest = max((task.max_new_tokens for task in tasks if task.kind in GENERATION_KINDS), default=0)
    if model.backend == "causal" and longest >= model.max_length:
        raise bad_input(
            f"The task asks for {longest} new tokens, but {model_id} sees only {model.max_length}."
        )


def _measure(
    place: Workplace,
    model: Any,
    task: DeclaredTask,
    questions: list[Question],
    settings: Mapping[str, Any],
    meter: _Meter,
) -> Measured:
    meter.task = task.name
    started = time.monotonic()
    cut = _count_cut(model, task, questions)
    answers = harness.run(model, task, questions, int(settings["seed"]))
    meter.before += _requests(questions)
    scores = _scores(task, answers, settings)
    duration = time.monotonic() - started
    for name, score in scores.items():
        print(f"{task.name}: {name} = {score.value:.4f} (standard error {score.stderr})", flush=True)
    samples.write_table(
        place.path("samples", "runs", place.job, f"{task.name}.parquet"),
        questions,
        answers,
        scores,
    )
    return Measured(task, scores, len(questions), cut, duration)


def _scores(task: DeclaredTask, answers: Sequence[Answer], settings: Mapping[str, Any]) -> dict[str, Score]:
    measured = [answer.sample for answer in answers]
    channel.progress(0, None, f"Scoring {task.name}")
    return {
        metric.name: scoring.score(
            metric.name,
            measured,
            language=task.language,
            draws=int(settings["bootstrap"]),
            seed=int(settings["seed"]),
        )
        for metric in task.metrics
    }


def _count_cut(model: Any, task: DeclaredTask, questions: Sequence[Question]) -> int:
    """Prompts that do not fit: the harness cuts them from the left and only says so in its log."""
    if task.kind in LIKELIHOOD_KINDS:
        return 0
    room = model.max_length
    if model.backend == "causal" and task.kind in GENERATION_KINDS:
        room -= task.max_new_tokens
    return sum(len(model.tok_encode(question.prompt)) > room for question in questions)


def _result(
    place: Workplace,
    model: Any,
    measured: Sequence[Measured],
    settings: Mapping[str, Any],
    device: str,
    environment: dict[str, Any],
) -> dict[str, Any]:
    repository = str(place.spec.get("samples_repository") or "")
    commit = ""
    if repository:
        channel.progress(0, None, "Uploading the samples")
        commit = samples.publish(place, repository)
    seeds = dict.fromkeys([*harness.SEEDS, "bootstrap"], int(settings["seed"]))
    return {
        "harness": harness.HARNESS,
        "harness_version": environment["packages"]["lm_eval"],
        "model": place.spec["model"] | _model_facts(model, device),
        "benchmark": place.spec["benchmark"],
        "dataset": {"id": measured[0].task.data.id, "commit": measured[0].task.data.commit},
        "seeds": seeds,
        "hardware": surroundings.hardware(device),
        "environment": environment,
        "tasks": [
            _task_result(place, one, settings, seeds)
            | {"samples": _samples_of(place, one, repository, commit) if commit else None}
            for one in measured
        ],
    }


def _model_facts(model: Any, device: str) -> dict[str, Any]:
    weights = model.model
    return {
        "architecture": weights.config.model_type,
        "parameters": weights.num_parameters(),
        "dtype": str(weights.dtype).removeprefix("torch."),
        "device": device,
        "context": model.max_length,
    }


def _task_result(
    place: Workplace, one: Measured, settings: Mapping[str, Any], seeds: Mapping[str, int]
) -> dict[str, Any]:
    task = one.task
    return {
        "task": task.name,
        "task_version": task.version,
        "sample_count": one.sample_count,
        "sample_limit": place.spec.get("limit"),
        "cut_count": one.cut_count,
        "duration_seconds": round(one.duration, 3),
        "prompt_hash": prompts.template_hash(task),
        "dataset": {"id": task.data.id, "commit": task.data.commit, **task.data_place},
        "settings": dict(settings)
        | {"few_shot": task.few_shot, "max_new_tokens": task.max_new_tokens, "stop": list(task.stop)}
        | {"prompts_cut": one.cut_count},
        "seeds": dict(seeds),
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


def _samples_of(place: Workplace, one: Measured, repository: str, commit: str) -> dict[str, str]:
    return {"repository": repository, "commit": commit, "path": f"runs/{place.job}/{one.task.name}.parquet"}
