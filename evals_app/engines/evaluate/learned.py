"""Learned metrics: a classification or regression model of the hub judges what was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evals_app.engines import channel, hub_client, lifetime
from evals_app.engines.evaluate.declared import DeclaredMetric, DeclaredTask, LearnedModel
from evals_app.engines.evaluate.harness import Answer
from evals_app.engines.evaluate.prompts import Question
from evals_app.engines.failures import bad_input

BATCH = 16


def judge(
    task: DeclaredTask, questions: Sequence[Question], answers: Sequence[Answer], device: str
) -> list[Answer]:
    """The answers with what every learned metric of the task says of them. Greedy and in fixed batches, so
    the same answers get the same values. Raises Failure(bad-input) for a model that cannot judge."""
    judged = list(answers)
    for metric in task.metrics:
        if metric.model is not None:
            channel.progress(0, None, f"Judging {task.name} by {metric.model.reference.id}")
            values = _values(metric.model, questions, answers, device)
            judged = [_with(answer, metric.name, value) for answer, value in zip(judged, values, strict=True)]
    return judged


def signature(metric: DeclaredMetric) -> str:
    assert metric.model is not None
    model = metric.model
    chosen = f"|label:{model.label}" if model.label else ""
    return f"{model.reference.id}@{model.reference.commit[:12]}|reads:{model.reads}{chosen}"


def _with(answer: Answer, name: str, value: float) -> Answer:
    return replace(answer, sample=replace(answer.sample, judged=(*answer.sample.judged, (name, value))))


def _values(
    learned: LearnedModel, questions: Sequence[Question], answers: Sequence[Answer], device: str
) -> list[float]:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = hub_client.download_model(learned.reference)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, use_safetensors=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise bad_input(f"The metric's model {learned.reference.id} could not be loaded: {error}") from error
    column = _column(model.config, learned)
    model = model.to(device).eval()
    firsts, seconds = _inputs(learned, questions, answers)
    longest = min(tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None) or 512)
    values: list[float] = []
    for start in range(0, len(firsts), BATCH):
        lifetime.check()
        pairs = seconds[start : start + BATCH] if seconds else None
        batch = tokenizer(
            firsts[start : start + BATCH],
            pairs,
            padding=True,
            truncation=True,
            max_length=longest,
            return_tensors="pt",
        )
        with torch.no_grad():
            logits = model(**batch.to(device)).logits.float()
        values += (logits[:, 0] if column is None else logits.softmax(-1)[:, column]).tolist()
    return values


def _column(configuration: Any, learned: LearnedModel) -> int | None:
    """None for a regression, whose only output is the value."""
    labels = {str(name): int(number) for name, number in (configuration.label2id or {}).items()}
    if configuration.num_labels == 1:
        return None
    if learned.label not in labels:
        raise bad_input(
            f"{learned.reference.id} tells {len(labels)} classes apart; the metric must name one of them as "
            f"`label`: {', '.join(sorted(labels))}."
        )
    return labels[learned.label]


def _inputs(
    learned: LearnedModel, questions: Sequence[Question], answers: Sequence[Answer]
) -> tuple[list[str], list[str]]:
    # Nothing at all would be no token, which no model can read.
    outputs = [answer.response or " " for answer in answers]
    if learned.reads == "output":
        return outputs, []
    if learned.reads == "prompt-output":
        return [question.prompt for question in questions], outputs
    return ["".join(question.references[:1]) for question in questions], outputs
