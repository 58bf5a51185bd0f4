"""`benchmark.yaml`: what makes a dataset repository a benchmark. Pure: text in, checked values out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from evals_app.catalog import yaml_lines
from evals_app.catalog.yaml_lines import Document, Path
from evals_app.metrics.catalogue import CHOICE_KINDS, GENERATION_KINDS, KINDS, METRICS
from hub.core.errors import InvalidInput

FILE_NAME = "benchmark.yaml"
MAX_BYTES = 200_000
MAX_TASKS = 64
TASK_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,78}[a-z0-9])?")
COLUMN = re.compile(r"\{\{\s*[\w.]+\s*(?:\|[^{}]*)?\}\}")
COMMIT = re.compile(r"[0-9a-f]{40}")
MAX_TEMPLATE = 20_000
DATA_ENDINGS = (".parquet", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class MetricUse:
    """`range` is what values can be, [least, most], where the metric is bounded."""

    name: str
    higher_is_better: bool
    unit: str
    range: tuple[float, float] | None
    primary: bool


@dataclass(frozen=True, slots=True)
class Decoding:
    max_new_tokens: int
    stop: tuple[str, ...]
    do_sample: bool


@dataclass(frozen=True, slots=True)
class Task:
    """`data` names a `file` of the repository, or of another `repository` at a `commit`."""

    name: str
    version: str
    title: str
    kind: str
    data: dict[str, str]
    prompt: str
    target: str
    choices: str | tuple[str, ...] | None
    metrics: tuple[MetricUse, ...]
    decoding: Decoding | None
    few_shot: int
    source_language: str
    target_language: str

    @property
    def primary_metric(self) -> MetricUse:
        return next((metric for metric in self.metrics if metric.primary), self.metrics[0])


@dataclass(frozen=True, slots=True)
class Declaration:
    title: str
    version: str
    description: str
    licence: str
    language: tuple[str, ...]
    limits: str
    biases: str
    tasks: tuple[Task, ...]

    def as_json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return value

    def scoring(self) -> dict[str, Any]:
        """What changes a score; words for people are left out."""
        tasks = [{k: v for k, v in task.items() if k != "title"} for task in self.as_json()["tasks"]]
        return {"version": self.version, "tasks": tasks}


def fingerprint(declaration: Declaration, data_files: Mapping[str, str]) -> str:
    """sha256 over all that changes a score: the scoring part and the hash of every data file."""
    scored = {"declaration": declaration.scoring(), "files": dict(data_files)}
    return hashlib.sha256(json.dumps(scored, sort_keys=True).encode()).hexdigest()


def parse(text: str) -> Declaration:
    """InvalidInput says the line, what is wrong there, and what would be right."""
    if len(text) > MAX_BYTES:
        raise InvalidInput(f"{FILE_NAME} is longer than {MAX_BYTES} characters.")
    return _Reader(yaml_lines.load(text)).declaration()


DECLARATION_KEYS = (
    "title",
    "version",
    "description",
    "licence",
    "license",
    "language",
    "limits",
    "biases",
    "tasks",
)
TASK_KEYS = (
    *("name", "version", "title", "kind", "data", "prompt", "target", "choices", "metrics", "decoding"),
    *("few_shot", "source_language", "target_language"),
)
DATA_KEYS = ("file", "split", "few_shot_file", "repository", "commit")
METRIC_KEYS = ("name", "higher_is_better", "unit", "range", "primary")
DECODING_KEYS = ("max_new_tokens", "stop", "do_sample")


class _Reader:
    """Walks the document; every refusal carries the line of the value it is about."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def wrong(self, path: Path, message: str) -> InvalidInput:
        line = self.document.line_of(path)
        name = ".".join(str(part) for part in path)
        return InvalidInput(f"Line {line}: {message}", field=name, line=line)

    def mapping(self, value: Any, path: Path, keys: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(
                path, f"`{path[-1] if path else FILE_NAME}` must be a mapping of names to values."
            )
        for key in value:
            if key not in keys:
                raise self.wrong(
                    (*path, str(key)), f"`{key}` is not known here. Known: {', '.join(sorted(keys))}."
                )
        return value

    def text(
        self, data: dict[str, Any], key: str, path: Path, *, limit: int = 200, default: str | None = None
    ) -> str:
        value = data.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is None or (value == "" and default is None):
            raise self.wrong((*path, key), f"`{key}` is missing.")
        if not isinstance(value, str) or len(value) > limit or "\x00" in value:
            raise self.wrong((*path, key), f"`{key}` must be a text of at most {limit} characters.")
        return value

    def texts(self, value: Any, path: Path) -> tuple[str, ...]:
        items = [value] if isinstance(value, str) else value or []
        if not isinstance(items, list) or len(items) > 100 or not all(isinstance(i, str) for i in items):
            raise self.wrong(path, f"`{path[-1]}` must be a text or a list of texts.")
        return tuple(items)

    def whole(self, data: dict[str, Any], key: str, path: Path, default: int, least: int, most: int) -> int:
        value = data.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong((*path, key), f"`{key}` must be a whole number from {least} to {most}.")
        return value

    def flag(self, data: dict[str, Any], key: str, path: Path, default: bool) -> bool:
        value = data.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong((*path, key), f"`{key}` must be true or false.")
        return value

    def declaration(self) -> Declaration:
        data = self.mapping(self.document.value, (), DECLARATION_KEYS)
        version = self.text(data, "version", (), limit=32)
        return Declaration(
            title=self.text(data, "title", ()),
            version=version,
            description=self.text(data, "description", (), limit=20_000, default=""),
            licence=self.text(data, "licence" if "licence" in data else "license", (), default=""),
            language=self.texts(data.get("language"), ("language",)),
            limits=self.text(data, "limits", (), limit=20_000, default=""),
            biases=self.text(data, "biases", (), limit=20_000, default=""),
            tasks=self.tasks(data.get("tasks"), version),
        )

    def tasks(self, value: Any, version: str) -> tuple[Task, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_TASKS:
            raise self.wrong(("tasks",), f"`tasks` must be a list of 1 to {MAX_TASKS} tasks.")
        tasks = tuple(self.task(item, ("tasks", index), version) for index, item in enumerate(value))
        seen: set[str] = set()
        for index, task in enumerate(tasks):
            if task.name in seen:
                raise self.wrong(("tasks", index, "name"), f"There are two tasks called `{task.name}`.")
            seen.add(task.name)
        return tasks

    def task(self, value: Any, path: Path, version: str) -> Task:
        data = self.mapping(value, path, TASK_KEYS)
        kind = data.get("kind")
        if kind not in KINDS:
            raise self.wrong((*path, "kind"), f"`kind` must be one of {', '.join(sorted(KINDS))}.")
        name = self.text(data, "name", path, limit=80)
        if not TASK_NAME.fullmatch(name):
            raise self.wrong((*path, "name"), "`name` must be lower-case letters, digits, '-', '_' or '.'.")
        return Task(
            name=name,
            version=self.text(data, "version", path, limit=32, default=version),
            title=self.text(data, "title", path, default=name),
            kind=kind,
            data=self.data(data.get("data"), (*path, "data")),
            prompt=self.prompt(data, kind, path),
            target=self.template(data, "target", path),
            choices=self.choices(data, kind, path),
            metrics=self.metrics(data.get("metrics"), kind, (*path, "metrics")),
            decoding=self.decoding(data.get("decoding"), (*path, "decoding"))
            if kind in GENERATION_KINDS
            else None,
            few_shot=self.few_shot(data, path),
            source_language=self.text(data, "source_language", path, limit=20, default=""),
            target_language=self.text(data, "target_language", path, limit=20, default=""),
        )

    def data(self, value: Any, path: Path) -> dict[str, str]:
        """`split: test` is short for the file `data/test.parquet`."""
        data = self.mapping(value, path, DATA_KEYS)
        if ("file" in data) == ("split" in data):
            raise self.wrong(path, "`data` needs either `file` (a path) or `split` (a name), and not both.")
        if ("repository" in data) != ("commit" in data):
            raise self.wrong(path, "`data` from another repository needs `repository` and its full `commit`.")
        checked = {key: self.text(data, key, path, limit=400) for key in data}
        if "commit" in checked and not COMMIT.fullmatch(checked["commit"]):
            raise self.wrong((*path, "commit"), "`commit` must be a full commit id of 40 hexadecimal digits.")
        if "split" in checked:
            checked["file"] = f"data/{checked.pop('split')}.parquet"
        for key in ("file", "few_shot_file"):
            self.check_file(checked.get(key), (*path, key))
        return checked

    def check_file(self, file: str | None, path: Path) -> None:
        if file is None:
            return
        if file.startswith("/") or ".." in file.split("/"):
            raise self.wrong(path, f"`{path[-1]}` must be a path inside the repository.")
        if not file.lower().endswith(DATA_ENDINGS):
            raise self.wrong(path, f"`{path[-1]}` must end in {', '.join(DATA_ENDINGS)}.")

    def few_shot(self, data: dict[str, Any], path: Path) -> int:
        count = self.whole(data, "few_shot", path, 0, 0, 64)
        if count and "few_shot_file" not in data["data"]:
            raise self.wrong(
                (*path, "few_shot"), "Examples need `data.few_shot_file`, a file other than the test data."
            )
        return count

    def prompt(self, data: dict[str, Any], kind: str, path: Path) -> str:
        """Language modelling scores the target alone; everything else needs a question."""
        if kind == "language-modelling" and "prompt" not in data:
            return ""
        return self.template(data, "prompt", path)

    def template(self, data: dict[str, Any], key: str, path: Path) -> str:
        text = self.text(data, key, path, limit=MAX_TEMPLATE)
        if not COLUMN.search(text):
            raise self.wrong((*path, key), f"`{key}` must name a column, as in `{{{{column}}}}`.")
        return text

    def choices(self, data: dict[str, Any], kind: str, path: Path) -> str | tuple[str, ...] | None:
        """A template that gives a list column, or the texts themselves."""
        value = data.get("choices")
        if kind not in CHOICE_KINDS:
            if value is not None:
                raise self.wrong((*path, "choices"), "`choices` belong to multiple-choice tasks only.")
            return None
        if isinstance(value, str):
            return self.template(data, "choices", path)
        choices = self.texts(value, (*path, "choices"))
        if len(choices) < 2:
            raise self.wrong(
                (*path, "choices"), "`choices` must be a list of two or more, or name a list column."
            )
        return choices

    def metrics(self, value: Any, kind: str, path: Path) -> tuple[MetricUse, ...]:
        if not isinstance(value, list) or not value:
            raise self.wrong(path, "`metrics` must be a list of one or more.")
        metrics = [self.metric(item, kind, (*path, index)) for index, item in enumerate(value)]
        names = [metric.name for metric in metrics]
        if len(set(names)) != len(names):
            raise self.wrong(path, "A metric is named twice.")
        if sum(metric.primary for metric in metrics) > 1:
            raise self.wrong(path, "Only one metric of a task can be `primary`.")
        if not any(metric.primary for metric in metrics):
            first = metrics[0]
            metrics[0] = MetricUse(first.name, first.higher_is_better, first.unit, first.range, primary=True)
        return tuple(metrics)

    def metric(self, value: Any, kind: str, path: Path) -> MetricUse:
        data = self.mapping({"name": value} if isinstance(value, str) else value, path, METRIC_KEYS)
        offered = sorted(name for name, metric in METRICS.items() if kind in metric.kinds)
        name = data.get("name")
        if name not in offered:
            raise self.wrong(path, f"`{name}` is no metric of {kind} tasks. They have: {', '.join(offered)}.")
        known = METRICS[name]
        if data.get("higher_is_better", known.higher_is_better) is not known.higher_is_better:
            word = "higher" if known.higher_is_better else "lower"
            raise self.wrong((*path, "higher_is_better"), f"For {name}, {word} is better; leave this out.")
        return MetricUse(
            name=name,
            higher_is_better=known.higher_is_better,
            unit=known.unit,
            range=self.range(data.get("range"), known.unit, (*path, "range")),
            primary=self.flag(data, "primary", path, default=False),
        )

    def range(self, value: Any, unit: str, path: Path) -> tuple[float, float] | None:
        if value is None:
            return {"points": (0.0, 100.0), "share": (0.0, 1.0)}.get(unit)
        if (
            not isinstance(value, list)
            or len(value) != 2
            or not all(isinstance(v, int | float) for v in value)
        ):
            raise self.wrong(path, "`range` must be [least, most].")
        return float(value[0]), float(value[1])

    def decoding(self, value: Any, path: Path) -> Decoding:
        data = self.mapping(value if value is not None else {}, path, DECODING_KEYS)
        return Decoding(
            max_new_tokens=self.whole(data, "max_new_tokens", path, 128, 1, 8192),
            stop=self.texts(data.get("stop", ["\n"]), (*path, "stop")),
            do_sample=self.no_sampling(data, path),
        )

    def no_sampling(self, data: dict[str, Any], path: Path) -> bool:
        if self.flag(data, "do_sample", path, default=False):
            raise self.wrong(
                (*path, "do_sample"), "Sampling would make scores random; `do_sample` must be false."
            )
        return False
