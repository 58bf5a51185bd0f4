from __future__ import annotations

import json

import pytest

from models_app.cards import front_matter

CARD = """---
license: mit
language: [en, no]
tags:
- translation
---
# Title

Text.
"""


def test_it_splits_and_reads_a_card() -> None:
    card = front_matter.parse(CARD)
    assert card.data == {"license": "mit", "language": ["en", "no"], "tags": ["translation"]}
    assert card.body.startswith("# Title")
    assert card.problem is None


@pytest.mark.parametrize("text", ["", "# Only text", "---", "--- \nno end", "text\n---\na: 1\n---\n"])
def test_it_takes_a_text_without_front_matter_as_body(text: str) -> None:
    card = front_matter.parse(text)
    assert (card.data, card.body, card.has_front_matter) == ({}, text, False)


@pytest.mark.parametrize(
    "yaml",
    [
        "a: [1, 2",
        "- just\n- a list",
        "a: " + "[" * 100_000,
        "a: &a [x]\n" + "b: [" + ", ".join(["*a"] * 300) + "]",
        "when: 2024-13-45",
        "a: !!python/object/apply:os.system [ls]",
        "a: " + "x" * 600_000,
        "\ta: 1",
    ],
)
def test_it_names_the_problem_and_never_raises(yaml: str) -> None:
    card = front_matter.parse(f"---\n{yaml}\n---\nbody")
    assert card.problem
    assert card.data == {}
    assert card.body == "body"


def test_it_survives_multiplying_aliases() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert front_matter.parse("---\n" + "\n".join(lines) + "\n---\n").problem
    merges = ["b0: &b0 {k: 1}"] + [f"b{n}: &b{n} {{<<: [*b{n - 1}, *b{n - 1}]}}" for n in range(1, 40)]
    assert front_matter.parse("---\n" + "\n".join(merges) + "\n---\n").problem


def test_it_gives_plain_json_data() -> None:
    card = front_matter.parse("---\nwhen: 2024-01-02\nn: .nan\n1: one\nbig: 99999999999999999999\n---\n")
    assert card.data == {"when": "2024-01-02", "n": None, "1": "one", "big": "99999999999999999999"}
    json.dumps(card.data, allow_nan=False)


def test_it_warns_of_a_readme_without_metadata() -> None:
    report = front_matter.validate("# Hello", "model")
    assert report.errors == []
    assert "missing yaml metadata" in report.warnings[0]


def test_it_says_where_the_yaml_is_wrong() -> None:
    report = front_matter.validate("---\nlicense: mit\ntags: [a\n---\n", "model")
    assert "line" in report.errors[0]


@pytest.mark.parametrize(
    ("yaml", "field"),
    [
        ("license: {a: 1}", "license"),
        ("pipeline_tag: [a]", "pipeline_tag"),
        ("language: 3", "language"),
        ("model-index: 3", "model-index"),
        ("model-index: [{name: a, results: [{metrics: 3}]}]", "metrics"),
        ("model-index: [{name: a, results: [{task: {name: x}}]}]", "task.type"),
    ],
)
def test_it_refuses_wrong_shapes(yaml: str, field: str) -> None:
    assert field in front_matter.validate(f"---\n{yaml}\n---\n", "model").errors[0]


def test_it_only_warns_of_unknown_words() -> None:
    report = front_matter.validate("---\nlicense: my-own\npipeline_tag: juggling\n---\n", "model")
    assert report.errors == []
    assert report.unknown_words == report.warnings
    assert '"license" must be one of [' in report.warnings[0]
    assert len(report.warnings) == 2
