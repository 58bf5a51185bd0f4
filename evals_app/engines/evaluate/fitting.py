"""What fits into a model's context, and what is done about the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evals_app.engines.evaluate.declared import DeclaredTask
from evals_app.engines.evaluate.prompts import Question
from evals_app.engines.failures import bad_input
from evals_app.metrics.catalogue import GENERATION_KINDS, LIKELIHOOD_KINDS


def refuse_short_sight(
    model: Any, asked: Mapping[str, Sequence[Question]], tasks: Sequence[DeclaredTask], name: str
) -> None:
    """Raises Failure(bad-input) where an answer alone is longer than what the model sees. How much an
    external server sees it does not tell."""
    if model.backend == "external":
        return
    longest = max((task.max_new_tokens for task in tasks if task.kind in GENERATION_KINDS), default=0)
    if model.backend == "causal" and longest >= model.max_length:
        raise bad_input(f"The task asks for {longest} new tokens, but {name} sees only {model.max_length}.")
    for task in tasks:
        for number, question in enumerate(asked[task.name]):
            _refuse_long_choices(model, task, question, number, name)


def _refuse_long_choices(model: Any, task: DeclaredTask, question: Question, number: int, name: str) -> None:
    for choice in question.choices:
        # No token is shorter than a byte, so most need no tokenizer.
        if len(choice.encode()) >= model.max_length and len(model.tok_encode(choice)) >= model.max_length:
            raise bad_input(
                f"Task {task.name!r}, row {number}: a choice is longer than the {model.max_length} tokens "
                f"that {name} sees, and a part of it would be another one. Shorten it, or leave the row out."
            )


def count_cut(model: Any, task: DeclaredTask, questions: Sequence[Question]) -> int:
    """Prompts that do not fit: the harness cuts them from the left and only says so in its log."""
    if task.kind in LIKELIHOOD_KINDS or model.backend == "external":
        return 0
    room = model.max_length
    if model.backend == "causal" and task.kind in GENERATION_KINDS:
        room -= task.max_new_tokens
    return sum(len(model.tok_encode(question.prompt)) > room for question in questions)
