"""Benchmarks that everybody may be measured on and nobody but their owner sees into. Pure.

What a declaration holds falls into two parts: what a benchmark's page tells everybody, and what would tell
of the items (prompts, choices, tests, names of files and columns), which only an order for the engine needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Of scored submissions, by one person or for one owner, in 24 hours.
DEFAULT_SUBMISSIONS, MOST_SUBMISSIONS = 3, 100
# Of a task. What is not named here stays with the owner, so that a later key is withheld until somebody
# decides otherwise.
SHOWN = (
    *("name", "version", "title", "kind", "metrics", "decoding", "few_shot"),
    *("source_language", "target_language"),
)


# Digits of a score that are told. The rest of a mean over many items carries more about them than about
# the model: weights can be made whose score spells out the items.
DIGITS = 4


def rounded(value: Any) -> Any:
    """A number as it is told; whatever else stays, to be refused by whoever reads it."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(f"{value:.{DIGITS}g}") if is_number else value


def split(declaration: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is shown of a declaration, and the rest of each task by its name."""
    tasks = declaration["tasks"]
    shown = [{key: task[key] for key in SHOWN} for task in tasks]
    withheld = {task["name"]: {k: v for k, v in task.items() if k not in SHOWN} for task in tasks}
    return {**declaration, "tasks": shown}, withheld


def join(declaration: Mapping[str, Any], withheld: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tasks in full."""
    return [{**task, **withheld.get(task["name"], {})} for task in declaration["tasks"]]
