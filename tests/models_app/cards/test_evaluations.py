from __future__ import annotations

import pytest

from models_app.cards import evaluations

GOOD = """
- dataset: {id: acme/exam, task_id: hard, revision: abc}
  value: 20.9
  date: 2026-01-15
  source: {url: "https://example.org", name: Logs, more: x}
  notes: no tools
- dataset: {id: acme/exam, task_id: easy}
  value: 1
"""


def test_it_tells_entries_as_clients_know_them() -> None:
    first, second = evaluations.read_all([(".eval_results/exam.yaml", GOOD)])
    assert first == {
        "filename": ".eval_results/exam.yaml",
        "data": {
            "dataset": {"id": "acme/exam", "task_id": "hard", "revision": "abc"},
            "value": 20.9,
            "date": "2026-01-15",
            "notes": "no tools",
            "source": {"url": "https://example.org", "name": "Logs"},
        },
    }
    assert second["data"] == {"dataset": {"id": "acme/exam", "task_id": "easy"}, "value": 1}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "not valid YAML"),
        ("a: b", "a list of results"),
        ("- 3", "Result 1 must be a mapping"),
        ("- {value: 3}", "`dataset.id`"),
        ("- {dataset: {id: a/b, task_id: c}, value: much}", "a number"),
        ("- {dataset: {id: a/b, task_id: c}, value: .nan}", "a number"),
        (GOOD + "- {value: 3}", "Result 3"),
    ],
)
def test_it_tells_why_a_file_is_not_used(text: str, problem: str) -> None:
    (found,) = evaluations.read_all([("x.yaml", text)])
    assert problem in found["error"]
