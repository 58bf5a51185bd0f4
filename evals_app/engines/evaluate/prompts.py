"""Rows become prompts and targets, in a sandbox: templates come from people we do not know."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from evals_app.engines.evaluate.declared import DeclaredTask
from evals_app.engines.failures import bad_input
from evals_app.metrics.catalogue import CHOICE_KINDS, PAIR_KINDS

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """`references` are what a generated text is compared with; `answer` is the index of the right
    choice; `tests` the program that a written one must survive."""

    prompt: str
    references: list[str]
    choices: list[str]
    answer: int
    tests: str = ""

    @property
    def prompt_hash(self) -> str:
        return hashlib.sha256(self.prompt.encode()).hexdigest()


@cache
def environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
    )


def questions(task: DeclaredTask, rows: Sequence[Row], examples: Sequence[Row]) -> list[Question]:
    """Prompt and answer of every row; solved `examples` stand before each prompt (few-shot).

    Raises Failure(bad-input) that names the row, for a column that is missing and for a template
    that reaches for more than its row.
    """
    shots = "".join(_solved(task, row, number) for number, row in enumerate(examples))
    return [_question(task, row, number, shots) for number, row in enumerate(rows)]


def template_hash(task: DeclaredTask) -> str:
    parts: list[Any] = [task.prompt, task.target, task.choices, task.few_shot]
    # Left out while empty, so that hashes of before stay as they are.
    parts += [part for part in (task.delimiter, task.tests) if part]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _question(task: DeclaredTask, row: Row, number: int, shots: str) -> Question:
    prompt = shots + _render(task, "prompt", task.prompt, row, number)
    if task.kind in PAIR_KINDS:
        return Question(prompt, [], _choices(task, row, number), -1)
    if task.kind in CHOICE_KINDS:
        choices = _choices(task, row, number)
        return Question(prompt, [], choices, _answer(task, row, number, choices))
    references = _references(task, row, number) if task.target else []
    tests = _render(task, "tests", task.tests, row, number) if task.tests else ""
    return Question(prompt, references, [], -1, tests)


def _solved(task: DeclaredTask, row: Row, number: int) -> str:
    question = _question(task, row, number, "")
    answer = question.choices[question.answer] if question.choices else "".join(question.references[:1])
    return f"{question.prompt}{task.delimiter}{answer}\n\n"


def _references(task: DeclaredTask, row: Row, number: int) -> list[str]:
    """A target that is one column name, bare or as `{{ column }}`, may hold a list of references."""
    column = task.target.strip().removeprefix("{{").removesuffix("}}").strip()
    value = row.get(column)
    if isinstance(value, list):
        return [str(text) for text in value]
    if column in row and "{{" not in task.target:
        return [str(value)]
    return [_render(task, "target", task.target, row, number)]


def _choices(task: DeclaredTask, row: Row, number: int) -> list[str]:
    if not isinstance(task.choices, str):
        return [_render(task, "choices", choice, row, number) for choice in task.choices]
    value = row.get(task.choices.strip().removeprefix("{{").removesuffix("}}").strip())
    if not isinstance(value, list) or len(value) < 2:
        raise bad_input(f"Task {task.name!r}, row {number}: `choices` must name a column that holds a list.")
    return [str(choice) for choice in value]


def _answer(task: DeclaredTask, row: Row, number: int, choices: list[str]) -> int:
    answer = _references(task, row, number)[0].strip()
    # Choices often begin with the space that separates them from the prompt.
    texts = [choice.strip() for choice in choices]
    if answer in texts:
        return texts.index(answer)
    if answer.isdecimal() and int(answer) < len(choices):
        return int(answer)
    raise bad_input(f"Task {task.name!r}, row {number}: {answer!r} is neither a choice nor the index of one.")


def _render(task: DeclaredTask, what: str, template: str, row: Row, number: int) -> str:
    try:
        return _compiled(template).render(row)
    except SecurityError:
        message = f"Task {task.name!r}: `{what}` reaches for something a prompt may not use."
        raise bad_input(message) from None
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise bad_input(f"Task {task.name!r}, row {number}: `{what}` cannot be filled: {error}") from None


@cache
def _compiled(template: str) -> Template:
    return environment().from_string(template)
