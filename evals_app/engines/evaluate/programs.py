"""Programs that the model wrote are run against the tests of their problem, inside the sandbox."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from evals_app.engines import channel, failures, lifetime, sandbox
from evals_app.engines.evaluate.declared import DeclaredTask
from evals_app.engines.evaluate.harness import Answer
from evals_app.engines.evaluate.prompts import Question
from evals_app.engines.failures import Failure
from evals_app.engines.workplace import Workplace, write_json

SECONDS = 10.0
MEMORY_BYTES = 512_000_000
# Chat models put programs between fences; what stands around them is talk.
FENCED = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)


def refuse_without_walls(tasks: Sequence[DeclaredTask]) -> None:
    """Before the model is asked anything. Raises Failure(engine-error) where no wall can be built."""
    if any(task.tests for task in tasks):
        try:
            sandbox.walls()
        except sandbox.Unavailable as error:
            raise Failure(failures.ENGINE_ERROR, str(error)) from None


def judge(
    place: Workplace, task: DeclaredTask, questions: Sequence[Question], drawn: Sequence[Answer]
) -> list[Answer]:
    """One answer a problem, out of `task.draws` answers each (the first of all problems, then the second
    of all, ...). Verdicts are kept, so another attempt runs no program twice."""
    answers = []
    for number, question in enumerate(questions):
        lifetime.check()
        channel.progress(number, len(questions), f"Running the programs of {task.name}")
        texts = [answer.response for answer in drawn[number :: len(questions)]]
        endings = [_ending(place, program_of(question, text)) for text in texts]
        first = drawn[number]
        sample = replace(first.sample, passed=[ending == "succeeded" for ending in endings])
        answers.append(replace(first, sample=sample, programs=texts, endings=endings))
    return answers


def program_of(question: Question, written: str) -> str:
    """The prompt continued by what was written, or the fenced program alone; then the tests."""
    fenced = FENCED.search(written)
    body = fenced.group(1) if fenced else question.prompt + written
    return f"{body}\n\n{question.tests}\n"


def _ending(place: Workplace, program: str) -> str:
    path = place.path("verdicts", f"{hashlib.sha256(program.encode()).hexdigest()}.json")
    if not path.exists():
        result = sandbox.run_python(program, timeout=SECONDS, memory=MEMORY_BYTES)
        write_json(path, str(result.ending))
    return str(json.loads(path.read_text(encoding="utf-8")))
