"""`eval.yaml`, the ecosystem's own declaration of a benchmark: taken over where it can be expressed here.

Pure. It names a framework and what that framework does; only tasks of one question, one answer and a
comparison that this hub has too become a declaration. The rest is shown as declared elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from evals_app.catalog import yaml_lines
from evals_app.catalog.yaml_reader import YamlReader
from hub.core.errors import InvalidInput

FILE_NAME = "eval.yaml"
MAX_BYTES = 100_000
# What these comparisons compute is what ours of that name compute.
SCORERS = {"exact": "quasi_exact_match", "f1": "f1"}
KEYS = ("name", "description", "evaluation_framework", "tasks")
TASK_KEYS = ("id", "config", "split", "field_spec", "solvers", "scorers", "epochs", "shuffle_choices")

# The file that holds a split of a configuration; None where there is none.
FindFile = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is told of a benchmark that is run by another framework. `reason` says why not here."""

    name: str
    description: str
    framework: str
    tasks: tuple[str, ...]
    reason: str

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "description": self.description,
            "framework": self.framework,
            "tasks": list(self.tasks),
            "reason": self.reason,
        }


def read(text: str, find: FindFile) -> str | Elsewhere:
    """The text of a `benchmark.yaml`, or what is told instead. InvalidInput for what is no such file."""
    if len(text) > MAX_BYTES:
        raise InvalidInput(f"{FILE_NAME} is longer than {MAX_BYTES} characters.")
    reader = YamlReader(yaml_lines.load(text), FILE_NAME)
    data = reader.document.value
    if not isinstance(data, dict):
        raise reader.wrong((), f"{FILE_NAME} must be a mapping of names to values.")
    tasks = data.get("tasks")
    if not isinstance(tasks, list) or not tasks or not all(isinstance(task, dict) for task in tasks):
        raise reader.wrong(("tasks",), "`tasks` must be a list of tasks with an `id` each.")
    name = reader.text(data, "name", ())
    try:
        expressed = [_task(reader, task, index, find) for index, task in enumerate(tasks)]
    except InvalidInput as error:
        ids = tuple(str(task.get("id") or "")[:100] for task in tasks[:64])
        framework = str(data.get("evaluation_framework") or "")[:60]
        return Elsewhere(name, str(data.get("description") or "")[:2000], framework, ids, error.message)
    description = str(data.get("description") or "")
    declared = {"title": name, "version": "1", "description": description, "tasks": expressed}
    return yaml.safe_dump(declared, allow_unicode=True, sort_keys=False)


def _task(reader: YamlReader, task: dict[str, Any], index: int, find: FindFile) -> dict[str, Any]:
    path = ("tasks", index)
    for key in task:
        if key not in TASK_KEYS or key in ("epochs", "shuffle_choices"):
            raise reader.wrong((*path, str(key)), f"`{key}` cannot be expressed here.")
    fields = task.get("field_spec")
    if not isinstance(fields, dict) or set(fields) != {"input", "target"}:
        raise reader.wrong(
            (*path, "field_spec"), "`field_spec` must name `input` and `target` and nothing else."
        )
    if _names(task.get("solvers")) != ["generate"]:
        raise reader.wrong((*path, "solvers"), "Only the solver `generate` can be expressed here.")
    scorers = _names(task.get("scorers"))
    if not scorers or any(name not in SCORERS for name in scorers):
        raise reader.wrong(
            (*path, "scorers"), f"Only the scorers {', '.join(SCORERS)} can be expressed here."
        )
    split, configuration = str(task.get("split") or "test"), str(task.get("config") or "")
    file = find(configuration, split)
    if file is None:
        raise reader.wrong((*path, "split"), f"There is no Parquet or JSON Lines file of the split {split}.")
    return {
        "name": reader.text(task, "id", path, limit=80).lower(),
        "kind": "question-answering",
        "data": {"file": file},
        "prompt": f"{{{{{fields['input']}}}}}",
        "target": f"{{{{{fields['target']}}}}}",
        "metrics": [SCORERS[name] for name in scorers],
        "decoding": {"max_new_tokens": 256, "stop": []},
    }


def _names(value: Any) -> list[str]:
    """Steps are names, or mappings with a name; with options of their own they are something else."""
    items = value if isinstance(value, list) else []
    names = []
    for item in items:
        is_plain = isinstance(item, dict) and set(item) <= {"name"}
        names.append(str(item["name"]) if is_plain and item else item if isinstance(item, str) else "")
    return names
