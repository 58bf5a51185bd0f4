"""`benchmark.yaml`: what is accepted, and how a refusal helps."""

from __future__ import annotations

import pytest

from evals_app.catalog import declaration, reader
from hub.core.errors import InvalidInput
from tests.factories.jobs import BENCHMARK_YAML


def test_it_fills_in_what_is_left_out() -> None:
    parsed = reader.parse(BENCHMARK_YAML)
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
    assert reader.parse(text).tasks[0].data == {"file": "data/test.parquet"}


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
        ("{{fr}}", "{{fr", "Line 9: `target` is no template that can be filled"),
        ("{max_new_tokens: 64}", "{samples: 5}", "Line 11: `samples` is for code-generation tasks"),
        ("chrf]", "{name: chrf, unit: metres}]", "Line 10: The unit of chrf is points"),
        (
            "chrf]",
            "{name: comet, model: acme/comet}]",
            "Line 10: `comet` has no direction. Add `higher_is_better: true`",
        ),
        (
            "chrf]",
            "{name: comet, model: acme/comet, higher_is_better: true}]",
            "Line 10: `commit` is missing",
        ),
        (
            "  target: ",
            "  tests: 'x {{fr}}'\n  target: ",
            "Line 9: `tests` belong to code-generation tasks only",
        ),
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
        reader.parse(BENCHMARK_YAML.replace(old, new))
    assert message in caught.value.message


@pytest.mark.parametrize(
    "text", ["", "[]", "- a", "a: &a [*a]", "!!python/object:os.system {}", "tasks: 3", "\x00"]
)
def test_it_refuses_anything_else_as_input(text: str) -> None:
    with pytest.raises(InvalidInput):
        reader.parse(text)


def test_it_does_not_let_aliases_multiply() -> None:
    levels = "\n".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9)}]" for n in range(1, 9))
    with pytest.raises(InvalidInput, match="too many values"):
        reader.parse(f"k0: &k0 [1]\n{levels}")


def test_its_fingerprint_follows_what_changes_scores_and_nothing_else() -> None:
    files = {"data/test.jsonl": "a" * 40}
    base = declaration.fingerprint(reader.parse(BENCHMARK_YAML), files)
    renamed = BENCHMARK_YAML.replace("English to French", "Anglais vers français")
    assert declaration.fingerprint(reader.parse(renamed), files) == base
    for changed in (
        BENCHMARK_YAML.replace("Translate to", "Say in"),
        BENCHMARK_YAML.replace("64", "65"),
        BENCHMARK_YAML.replace("version: 1", "version: 2"),
    ):
        assert declaration.fingerprint(reader.parse(changed), files) != base
    assert declaration.fingerprint(reader.parse(BENCHMARK_YAML), {"data/test.jsonl": "b"}) != base


def test_it_takes_choices_as_texts_or_as_a_column() -> None:
    text = """\
title: T
version: 1
tasks:
- {name: a, kind: multiple-choice, data: {split: test}, prompt: "{{q}}", target: "{{answer}}", \
choices: %s, metrics: [acc]}
"""
    assert reader.parse(text % "[yes, no]".replace("yes", "'yes'").replace("no", "'no'")).tasks[
        0
    ].choices == ("yes", "no")
    assert reader.parse(text % '"{{options}}"').tasks[0].choices == "{{options}}"
    with pytest.raises(InvalidInput, match="two or more"):
        reader.parse(text % "[one]")


TASK = """\
title: T
version: 1
language: [en]
tasks:
- name: a
  data: {split: test}
"""


def task(text: str) -> declaration.Task:
    return reader.parse(TASK + "".join(f"  {line}\n" for line in text.splitlines())).tasks[0]


def test_it_takes_programs_with_tests_and_several_draws() -> None:
    found = task(
        "kind: code-generation\nprompt: '{{p}}'\ntests: '{{t}}'\n"
        "metrics: [pass_at_1, pass_at_5]\ndecoding: {samples: 8}"
    )
    assert found.decoding == declaration.Decoding(
        128, (), do_sample=True, samples=8, temperature=0.8, top_p=0.95
    )
    with pytest.raises(InvalidInput, match="`pass_at_5` needs `samples: 5` or more"):
        task("kind: code-generation\nprompt: '{{p}}'\ntests: '{{t}}'\nmetrics: [pass_at_5]")


def test_it_takes_pairs_without_a_right_answer() -> None:
    found = task("kind: bias\nchoices: ['{{more}}', '{{less}}']\nmetrics: [stereotype_imbalance]")
    assert (found.target, found.prompt, found.decoding) == ("", "", None)
    with pytest.raises(InvalidInput, match="are two: the sentence with the stereotype"):
        task("kind: bias\nchoices: ['{{a}}', '{{b}}', '{{c}}']\nmetrics: [stereotype_imbalance]")


def test_it_takes_a_conversation_and_the_language_of_the_whole() -> None:
    found = task(
        "kind: dialogue\nprompt: '{% for turn in turns %}{{turn.text}}{% endfor %}'\n"
        "target: '{{reply}}'\nmetrics: [f1]"
    )
    assert found.target_language == "en"


def test_it_takes_a_metric_that_brings_its_model() -> None:
    commit = "a" * 40
    found = task(
        f"kind: generation\nprompt: '{{{{p}}}}'\ntarget: '{{{{t}}}}'\nmetrics: [f1, {{name: fluency, "
        f"model: acme/judge, commit: {commit}, higher_is_better: true, range: [0, 1], label: good}}]"
    )
    assert found.metrics[1].model == declaration.LearnedModel(
        "acme/judge", commit, "reference-output", "good"
    )


def test_its_fingerprint_is_that_of_before_where_nothing_new_is_used() -> None:
    """Keys that came later must not tear earlier scores apart."""
    scoring = reader.parse(BENCHMARK_YAML).scoring()
    [found] = scoring["tasks"]
    assert "tests" not in found
    assert found["decoding"] == {"max_new_tokens": 64, "stop": ["\n"], "do_sample": False}
    assert set(found["metrics"][0]) == {"name", "higher_is_better", "unit", "range", "primary"}
