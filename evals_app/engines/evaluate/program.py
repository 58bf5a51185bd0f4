"""Evaluate: download, ask, score, publish the samples, and say what was measured on what."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals_app.engines import channel, lifetime, surroundings, tables
from evals_app.engines.evaluate import (
    declared,
    fitting,
    harness,
    learned,
    models,
    programs,
    prompts,
    result,
    samples,
)
from evals_app.engines.evaluate.declared import DeclaredTask
from evals_app.engines.evaluate.harness import Answer
from evals_app.engines.evaluate.models import Source
from evals_app.engines.evaluate.prompts import Question
from evals_app.engines.evaluate.result import Conditions, Measured
from evals_app.engines.failures import bad_input
from evals_app.engines.workplace import Workplace
from evals_app.metrics import scoring
from evals_app.metrics.catalogue import LIKELIHOOD_KINDS
from evals_app.metrics.scoring import Score

DEFAULTS: Mapping[str, Any] = {
    "backend": "transformers",
    "batch_size": 8,
    "dtype": "float32",
    "device": "auto",
    "seed": 0,
    "bootstrap": 1000,
    "chat_template": False,
}
# What changes an answer, and not only what is made of it.
# Seconds below which a piece was not computed but read.
QUICKEST_PIECE = 0.05
ASKED_WITH = ("backend", "dtype", "batch_size", "seed", "chat_template")


def run(place: Workplace) -> dict[str, Any]:
    """Raises Failure with a name, and Stopped at a point from which another attempt continues."""
    tasks = _tasks(place)
    settings = dict(DEFAULTS) | {k: v for k, v in place.settings.items() if v is not None}
    models.refuse_missing_backend(settings)
    programs.refuse_without_walls(tasks)
    source = models.fetch(place)
    models.refuse_unscored(source, tasks)
    _refuse_misfits(source, tasks)
    asked = {task.name: _questions(place, task) for task in tasks}
    lifetime.check()
    work = _open(place, source, settings, sum(_requests(task, asked[task.name]) for task in tasks))
    fitting.refuse_short_sight(work.model, asked, tasks, source.name)
    measured = [_measure(work, task, asked[task.name]) for task in tasks]
    return result.of(place, source, work.model, measured, work.conditions, _publish(place))


@dataclass(frozen=True, slots=True)
class _Work:
    place: Workplace
    model: Any
    conditions: Conditions
    meter: _Meter


def _open(place: Workplace, source: Source, settings: Mapping[str, Any], requests: int) -> _Work:
    channel.progress(0, None, "Loading the libraries")
    surroundings.use_given_threads(source.weight_bytes // 4)
    device = surroundings.device(str(settings["device"]))
    harness.seal()
    environment = surroundings.describe()
    channel.environment(environment)
    meter = _Meter(requests)
    answers = place.path("answers", _fingerprint(place, settings, device, environment), "x").parent
    model = models.open_source(source, answers, settings, device, meter.tick)
    template = _chat_template(model, settings, source)
    return _Work(place, model, Conditions(settings, device, environment, template), meter)


def _chat_template(model: Any, settings: Mapping[str, Any], source: Source) -> str | None:
    """The template that prompts go through; None when they are given as they are. A chat API has its own."""
    if not settings["chat_template"] or source.endpoint is not None:
        return None
    template = getattr(model.tokenizer, "chat_template", None)
    if not template:
        raise bad_input(
            f"The tokenizer of {source.name} has no chat template. Leave the setting `chat_template` out, or "
            "upload chat_template.jinja."
        )
    return template if isinstance(template, str) else json.dumps(template, sort_keys=True)


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
    """The first rows of the declared file, else of the training data: never of what is tested."""
    if not task.few_shot:
        return ()
    named = [task.few_shot_file] if task.few_shot_file else []
    for files in (named, *(tables.find_split(task.data, name) for name in ("train", "validation", "dev"))):
        if files and not set(files) & set(tested):
            return tables.read(task.data, files, limit=task.few_shot)
    raise bad_input(
        f"Task {task.name!r} wants solved examples, but its data have no train or validation split."
    )


def _requests(task: DeclaredTask, questions: Sequence[Question]) -> int:
    return task.draws * sum(max(1, len(question.choices)) for question in questions)


class _Meter:
    """Progress over all tasks: the harness starts to count anew with each."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.before = 0
        self.task = ""
        self.told = (time.monotonic(), 0)

    def tick(self, done: int, _total: int) -> None:
        all_done = self.before + done
        channel.progress(all_done, self.total, f"{self.task}, {all_done} of {self.total}")
        began, before = self.told
        self.told = (time.monotonic(), all_done)
        # Answers of an earlier attempt come at once; they say nothing of the speed.
        if (seconds := self.told[0] - began) > QUICKEST_PIECE and all_done > before:
            channel.metric(all_done, {"requests_per_second": (all_done - before) / seconds})


def _fingerprint(
    place: Workplace, settings: Mapping[str, Any], device: str, environment: Mapping[str, Any]
) -> str:
    parts = [
        [place.spec.get(name) for name in ("model", "base_model", "endpoint")],
        {name: settings[name] for name in ASKED_WITH},
        device,
        environment["packages"],
        environment["threads"],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


def _refuse_misfits(source: Source, tasks: Sequence[DeclaredTask]) -> None:
    """What the configuration tells already, before anything heavy is loaded."""
    if source.folder is None:
        return
    try:
        configuration = json.loads((source.folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise bad_input(f"config.json of {source.name} is not JSON: {error}") from None
    if configuration.get("is_encoder_decoder") and any(task.kind in LIKELIHOOD_KINDS for task in tasks):
        raise bad_input(
            f"{source.name} is an encoder-decoder model; language modelling is measured on models that "
            "predict a text from its own beginning (causal ones)."
        )


def _measure(work: _Work, task: DeclaredTask, questions: list[Question]) -> Measured:
    work.meter.task = task.name
    started = time.monotonic()
    cut = fitting.count_cut(work.model, task, questions)
    answers = _answers(work, task, questions)
    work.meter.before += _requests(task, questions)
    scores = _scores(task, answers, work.conditions.settings)
    duration = time.monotonic() - started
    for name, score in scores.items():
        print(f"{task.name}: {name} = {score.value:.4f} (standard error {score.stderr})", flush=True)
    samples.write_table(
        work.place.path("samples", "runs", work.place.job, f"{task.name}.parquet"),
        questions,
        answers,
        scores,
    )
    return Measured(task, scores, questions, cut, duration)


def _answers(work: _Work, task: DeclaredTask, questions: list[Question]) -> list[Answer]:
    conditions = work.conditions
    asked = questions * task.draws
    answers = harness.run(work.model, task, asked, int(conditions.settings["seed"]), chat=_is_chat(work))
    if task.tests:
        return programs.judge(work.place, task, questions, answers)
    return learned.judge(task, questions, answers, conditions.device)


def _is_chat(work: _Work) -> bool:
    endpoint = work.place.spec.get("endpoint") or {}
    return work.conditions.chat_template is not None or endpoint.get("api") == "chat"


def _scores(task: DeclaredTask, answers: Sequence[Answer], settings: Mapping[str, Any]) -> dict[str, Score]:
    measured = [answer.sample for answer in answers]
    channel.progress(0, None, f"Scoring {task.name}")
    scores: dict[str, Score] = {}
    for metric in task.metrics:
        if metric.model is not None:
            scores[metric.name] = scoring.judged(metric.name, measured, learned.signature(metric))
            continue
        scores[metric.name] = scoring.score(
            metric.name,
            measured,
            language=task.language,
            draws=int(settings["bootstrap"]),
            seed=int(settings["seed"]),
        )
    return scores


def _publish(place: Workplace) -> dict[str, str]:
    """Where the answers went; empty where the order wants none kept."""
    repository = str(place.spec.get("samples_repository") or "")
    if not repository:
        return {}
    channel.progress(0, None, "Uploading the samples")
    return {"repository": repository, "commit": samples.publish(place, repository)}
