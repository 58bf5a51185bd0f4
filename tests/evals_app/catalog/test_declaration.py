"""`benchmark.yaml`: what is accepted, and how a refusal helps."""

from __future__ import annotations

import pytest

from evals_app.catalog import declaration
from hub.core.errors import InvalidInput
from tests.factories.jobs import BENCHMARK_YAML


def test_it_fills_in_what_is_left_out() -> None:
    parsed = declaration.parse(BENCHMARK_YAML)
    task = parsed.tasks[0]
    assert (parsed.version, task.version, task.title) == ("1", "1", "en-fr")
    assert [(m.name, m.primary, m.range) for m in task.metrics] == [
        ("bleu", True, (0.0, 100.0)),
        ("chrf", False, (0.0, 100.0)),
    ]
    assert task.decoding == declaration.Decoding(64, ("\n",), do_sample=False)
    assert parsed.as_json()["tasks"][0]["data"] == {"file": "data/test.jsonl"}


def test_it_takes_a_split_for_its_file() -> None:
    text = BENCHMARK_YAML.replace("{file: data/test.jsonl}", "{split: test}")
    assert declaration.parse(text).tasks[0].data == {"file": "data/test.parquet"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: translation", "kind: dance", "Line 6: `kind` must be one of"),
        (
            "bleu, primary",
            "acc, primary",
            "Line 10: `acc` is no metric of translation tasks. They have: bleu",
        ),
        ("  target: ", "  tarket: ", "Line 9: `tarket` is not known here"),
        ("{{fr}}", "French", "Line 9: `target` must name a column"),
        ("file: data", "file: ../data", "Line 7: `file` must be a path inside"),
        ("max_new_tokens: 64", "max_new_tokens: 0", "Line 11: `max_new_tokens` must be a whole number"),
        ("{max_new_tokens: 64}", "{do_sample: true}", "Line 11: Sampling would make scores random"),
        ("title: English to French", "title: [", "this is not YAML"),
        ("title: English to French", "", "`title` is missing"),
        ("name: en-fr", "name: EN FR", "Line 5: `name` must be lower-case"),
        ("version: 1", "version: 1\nversions: 2", "Line 3: `versions` is not known here"),
        ("{file: data/test.jsonl}", "{file: a.pkl}", "must end in .parquet"),
        (
            "  source_language",
            "  few_shot: 2\n  source_language",
            "Line 12: Examples need `data.few_shot_file`",
        ),
    ],
)
def test_it_says_the_line_and_the_remedy(old: str, new: str, message: str) -> None:
    assert old in BENCHMARK_YAML
    with pytest.raises(InvalidInput) as caught:
        declaration.parse(BENCHMARK_YAML.replace(old, new))
    assert message in caught.value.message


@pytest.mark.parametrize(
    "text", ["", "[]", "- a", "a: &a [*a]", "!!python/object:os.system {}", "tasks: 3", "\x00"]
)
def test_it_refuses_anything_else_as_input(text: str) -> None:
    with pytest.raises(InvalidInput):
        declaration.parse(text)


def test_it_does_not_let_aliases_multiply() -> None:
    levels = "\n".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9)}]" for n in range(1, 9))
    with pytest.raises(InvalidInput, match="too many values"):
        declaration.parse(f"k0: &k0 [1]\n{levels}")


def test_its_fingerprint_follows_what_changes_scores_and_nothing_else() -> None:
    files = {"data/test.jsonl": "a" * 40}
    base = declaration.fingerprint(declaration.parse(BENCHMARK_YAML), files)
    renamed = BENCHMARK_YAML.replace("English to French", "Anglais vers français")
    assert declaration.fingerprint(declaration.parse(renamed), files) == base
    for changed in (
        BENCHMARK_YAML.replace("Translate to", "Say in"),
        BENCHMARK_YAML.replace("64", "65"),
        BENCHMARK_YAML.replace("version: 1", "version: 2"),
    ):
        assert declaration.fingerprint(declaration.parse(changed), files) != base
    assert declaration.fingerprint(declaration.parse(BENCHMARK_YAML), {"data/test.jsonl": "b"}) != base


def test_it_takes_choices_as_texts_or_as_a_column() -> None:
    text = """\
title: T
version: 1
tasks:
- {name: a, kind: multiple-choice, data: {split: test}, prompt: "{{q}}", target: "{{answer}}", \
choices: %s, metrics: [acc]}
"""
    assert declaration.parse(text % "[yes, no]".replace("yes", "'yes'").replace("no", "'no'")).tasks[
        0
    ].choices == ("yes", "no")
    assert declaration.parse(text % '"{{options}}"').tasks[0].choices == "{{options}}"
    with pytest.raises(InvalidInput, match="two or more"):
        declaration.parse(text % "[one]")
