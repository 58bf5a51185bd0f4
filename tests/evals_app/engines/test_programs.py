"""Programs that models wrote, run behind walls."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals_app.engines import sandbox
from evals_app.engines.evaluate import declared, programs
from evals_app.engines.evaluate.harness import Answer
from evals_app.engines.evaluate.prompts import Question
from evals_app.engines.failures import Failure
from evals_app.engines.workplace import Reference, Workplace
from evals_app.metrics.samples import Sample

PROBLEM = Question("def double(x):\n", [], [], -1, "assert double(4) == 8")
TASK = declared.read(
    {
        "name": "code",
        "kind": "code-generation",
        "tests": "{{tests}}",
        "metrics": ["pass_at_1"],
        "decoding": {"samples": 2},
    },
    Reference("acme/code", "a" * 40),
    "1",
)


def answer(text: str) -> Answer:
    return Answer(text, Sample(output=text))


def test_a_program_is_the_prompt_continued_or_what_stands_between_fences() -> None:
    assert programs.program_of(PROBLEM, "    return 2 * x").startswith(
        "def double(x):\n    return 2 * x\n\nassert"
    )
    talk = "Here you are:\n```python\ndef double(x):\n    return x + x\n```\nEnjoy!"
    assert programs.program_of(PROBLEM, talk).startswith("def double(x):\n    return x + x\n\n\nassert")


def test_it_runs_every_draw_of_a_problem_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws come one after the other over all problems."""
    place = Workplace(tmp_path, {})
    questions = [PROBLEM, Question("", [], [], -1, "assert 1 == 2")]
    drawn = [answer("    return 2 * x"), answer("pass"), answer("    return x"), answer("while True: oops")]
    first, second = programs.judge(place, TASK, questions, drawn)
    assert list(first.sample.passed) == [True, False]
    assert list(second.sample.passed) == [False, False]
    assert list(second.endings) == ["failed", "failed"]
    monkeypatch.setattr(sandbox, "run_python", None)
    assert programs.judge(place, TASK, questions, drawn)[0].endings == first.endings


def test_it_asks_nothing_where_no_wall_can_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable() -> None:
        raise sandbox.Unavailable("Install bubblewrap.")

    monkeypatch.setattr(sandbox, "walls", unavailable)
    with pytest.raises(Failure, match="Install bubblewrap"):
        programs.refuse_without_walls([TASK])
