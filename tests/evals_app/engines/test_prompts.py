"""Rows become prompts, in a sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from evals_app.engines.evaluate import declared, prompts
from evals_app.engines.evaluate.declared import DeclaredTask
from evals_app.engines.failures import Failure
from evals_app.engines.workplace import Reference

BENCHMARK = Reference("acme/bench", "a" * 40)


def task(**changes: Any) -> DeclaredTask:
    raw = {
        "name": "t",
        "kind": "translation",
        "data": {"file": "data/test.jsonl"},
        "prompt": "Translate: {{source}}",
        "target": "{{target}}",
        "metrics": [{"name": "bleu"}],
    }
    return declared.read({**raw, **changes}, BENCHMARK, "3")


def test_it_fills_prompt_and_reference_from_the_columns() -> None:
    [question] = prompts.questions(task(), [{"source": "A <b>", "target": "Un"}], [])
    assert question.prompt == "Translate: A <b>"
    assert question.references == ["Un"]
    assert len(question.prompt_hash) == 64


def test_it_takes_several_references_from_a_list_column() -> None:
    [question] = prompts.questions(task(), [{"source": "A", "target": ["Un", "Une"]}], [])
    assert question.references == ["Un", "Une"]


def test_it_puts_solved_examples_before_the_prompt() -> None:
    rows = [{"source": "A", "target": "Un"}]
    [question] = prompts.questions(task(few_shot=1), rows, [{"source": "B", "target": "Deux"}])
    assert question.prompt == "Translate: BDeux\n\nTranslate: A"


@pytest.mark.parametrize("answer", ["1", "nein"])
def test_it_finds_the_right_choice_by_index_and_by_text(answer: str) -> None:
    chosen = task(kind="multiple-choice", choices="{{options}}", metrics=[{"name": "acc"}])
    [question] = prompts.questions(
        chosen, [{"source": "no", "options": ["ja", "nein"], "target": answer}], []
    )
    assert (question.choices, question.answer) == (["ja", "nein"], 1)


def test_it_refuses_an_answer_that_is_no_choice() -> None:
    chosen = task(kind="multiple-choice", choices=["ja", "nein"], metrics=[{"name": "acc"}])
    with pytest.raises(Failure, match="row 0: 'vielleicht' is neither a choice"):
        prompts.questions(chosen, [{"source": "no", "target": "vielleicht"}], [])


def test_it_names_the_row_that_lacks_a_column() -> None:
    with pytest.raises(Failure, match="row 1: `prompt` cannot be filled: 'source' is undefined"):
        prompts.questions(task(), [{"source": "A", "target": "Un"}, {"target": "Deux"}], [])


@pytest.mark.parametrize(
    "template",
    [
        "{{ source.__class__ }}",
        "{{ source.__init__.__globals__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ items.append(1) }}",
        "{{ range(10 ** 12) | list }}",
    ],
)
def test_it_lets_no_template_out_of_its_row(template: str) -> None:
    with pytest.raises(Failure):
        prompts.questions(task(prompt=template), [{"source": "A", "target": "Un", "items": []}], [])


def test_it_tells_tasks_apart_whose_templates_differ() -> None:
    assert prompts.template_hash(task()) == prompts.template_hash(task(name="other"))
    assert prompts.template_hash(task()) != prompts.template_hash(task(prompt="{{source}}"))


def test_it_takes_what_a_task_does_not_say_from_the_benchmark() -> None:
    read = task()
    assert (read.version, read.data, read.data_place) == ("3", BENCHMARK, {"file": "data/test.jsonl"})
    assert (read.metrics[0].unit, read.metrics[0].higher_is_better) == ("points", True)


def test_it_reads_data_of_another_repository_at_its_commit() -> None:
    read = task(data={"split": "test", "repository": "acme/corpus", "commit": "b" * 40})
    assert read.data == Reference("acme/corpus", "b" * 40)


def test_it_finds_a_choice_that_begins_with_a_space() -> None:
    chosen = task(kind="classification", choices=[" ja", " nein"], target=" {{target}}", metrics=["acc"])
    [question] = prompts.questions(chosen, [{"source": "no", "target": "nein"}], [])
    assert (question.choices, question.answer) == ([" ja", " nein"], 1)
