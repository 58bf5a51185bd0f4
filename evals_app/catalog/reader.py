"""`benchmark.yaml`: what makes a dataset repository a benchmark. Pure: text in, checked values out."""

from __future__ import annotations

import re
from typing import Any

from evals_app.catalog import held_out, templates, yaml_lines
from evals_app.catalog.declaration import FILE_NAME, MAX_BYTES, Declaration, Decoding, MetricUse, Task
from evals_app.catalog.metric_reader import COMMIT, REPOSITORY, MetricReader
from evals_app.catalog.yaml_lines import Document, Path
from evals_app.catalog.yaml_reader import YamlReader
from evals_app.metrics.catalogue import (
    CHOICE_KINDS,
    CODE_KINDS,
    GENERATION_KINDS,
    KINDS,
    LIKELIHOOD_KINDS,
    NEEDED_PROGRAMS,
    PAIR_KINDS,
    TOXICITY_KINDS,
)
from hub.core.errors import InvalidInput

MAX_TASKS = 64
MAX_TEMPLATE = 20_000
MAX_SAMPLES = 200
TASK_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,78}[a-z0-9])?")
DATA_ENDINGS = (".parquet", ".jsonl", ".ndjson")
DECLARATION_KEYS = (
    *("title", "version", "description", "licence", "license", "language", "limits", "biases", "tasks"),
    *("held_out", "submissions_per_day"),
)
TASK_KEYS = (
    *("name", "version", "title", "kind", "data", "prompt", "delimiter", "target", "choices", "tests"),
    *("metrics", "decoding", "few_shot", "source_language", "target_language"),
)
DATA_KEYS = ("file", "split", "few_shot_file", "repository", "commit")
DECODING_KEYS = ("max_new_tokens", "stop", "do_sample", "samples", "temperature", "top_p")


def parse(text: str) -> Declaration:
    """InvalidInput says the line, what is wrong there, and what would be right."""
    return read(text)[0]


def read(text: str) -> tuple[Declaration, Document]:
    """The same, with the lines along, for what is found out later."""
    if len(text) > MAX_BYTES:
        raise InvalidInput(f"{FILE_NAME} is longer than {MAX_BYTES} characters.")
    document = yaml_lines.load(text)
    return _Reader(document, FILE_NAME).declaration(), document


class _Reader(YamlReader):
    def declaration(self) -> Declaration:
        data = self.mapping(self.document.value, (), DECLARATION_KEYS)
        version = self.text(data, "version", (), limit=32)
        language = self.texts(data.get("language"), ("language",))
        tasks = self.tasks(data.get("tasks"), version, language[0] if len(language) == 1 else "")
        is_held_out = self.flag(data, "held_out", (), default=False)
        if is_held_out:
            self.keep_together(tasks)
        return Declaration(
            title=self.text(data, "title", ()),
            version=version,
            description=self.text(data, "description", (), limit=20_000, default=""),
            licence=self.text(data, "licence" if "licence" in data else "license", (), default=""),
            language=language,
            limits=self.text(data, "limits", (), limit=20_000, default=""),
            biases=self.text(data, "biases", (), limit=20_000, default=""),
            tasks=tasks,
            held_out=is_held_out,
            submissions_per_day=self.submissions(data, is_held_out=is_held_out),
        )

    def submissions(self, data: dict[str, Any], *, is_held_out: bool) -> int:
        key = "submissions_per_day"
        if is_held_out:
            most = held_out.MOST_SUBMISSIONS
            return self.whole(data, key, (), held_out.DEFAULT_SUBMISSIONS, 1, most)
        if key in data:
            raise self.wrong((key,), f"`{key}` belongs to benchmarks with `held_out: true`; leave it out.")
        return 0

    def keep_together(self, tasks: tuple[Task, ...]) -> None:
        """Of items elsewhere nobody here could say who reads them."""
        for index, task in enumerate(tasks):
            if "repository" in task.data:
                raise self.wrong(
                    ("tasks", index, "data", "repository"),
                    "A held-out benchmark keeps its items in its own repository. Copy the file here and "
                    "leave `repository` and `commit` out.",
                )

    def tasks(self, value: Any, version: str, language: str) -> tuple[Task, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_TASKS:
            raise self.wrong(("tasks",), f"`tasks` must be a list of 1 to {MAX_TASKS} tasks.")
        tasks = tuple(self.task(item, ("tasks", at), version, language) for at, item in enumerate(value))
        seen: set[str] = set()
        for index, task in enumerate(tasks):
            if task.name in seen:
                raise self.wrong(("tasks", index, "name"), f"There are two tasks called `{task.name}`.")
            seen.add(task.name)
        return tasks

    def task(self, value: Any, path: Path, version: str, language: str) -> Task:
        data = self.mapping(value, path, TASK_KEYS)
        kind = data.get("kind")
        if kind not in KINDS:
            raise self.wrong((*path, "kind"), f"`kind` must be one of {', '.join(sorted(KINDS))}.")
        name = self.text(data, "name", path, limit=80)
        if not TASK_NAME.fullmatch(name):
            raise self.wrong((*path, "name"), "`name` must be lower-case letters, digits, '-', '_' or '.'.")
        metrics = MetricReader(self).metrics(data.get("metrics"), kind, (*path, "metrics"))
        return Task(
            name=name,
            version=self.text(data, "version", path, limit=32, default=version),
            title=self.text(data, "title", path, default=name),
            kind=kind,
            data=self.data(data.get("data"), (*path, "data")),
            prompt=self.prompt(data, kind, path),
            target=self.target(data, kind, path),
            choices=self.choices(data, kind, path),
            metrics=metrics,
            decoding=self.decoding(data.get("decoding"), kind, metrics, (*path, "decoding")),
            few_shot=self.few_shot(data, path),
            source_language=self.text(data, "source_language", path, limit=20, default=""),
            target_language=self.text(data, "target_language", path, limit=20, default=language),
            delimiter=self.text(data, "delimiter", path, limit=20, default=""),
            tests=self.tests(data, kind, path),
        )

    def data(self, value: Any, path: Path) -> dict[str, str]:
        """`split: test` is short for the file `data/test.parquet`."""
        data = self.mapping(value, path, DATA_KEYS)
        if ("file" in data) == ("split" in data):
            raise self.wrong(path, "`data` needs either `file` (a path) or `split` (a name), and not both.")
        if ("repository" in data) != ("commit" in data):
            raise self.wrong(path, "`data` from another repository needs `repository` and its full `commit`.")
        checked = {key: self.text(data, key, path, limit=400) for key in data}
        if "repository" in checked and not REPOSITORY.fullmatch(checked["repository"]):
            raise self.wrong((*path, "repository"), "`repository` must be namespace/name of a dataset.")
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
        """Language modelling scores the target alone, a pair its sentences; the rest needs a question."""
        if kind in LIKELIHOOD_KINDS | PAIR_KINDS and "prompt" not in data:
            return ""
        return self.template(data, "prompt", path)

    def target(self, data: dict[str, Any], kind: str, path: Path) -> str:
        """Continuations and pairs have no right answer."""
        if kind in PAIR_KINDS | TOXICITY_KINDS:
            if "target" in data:
                raise self.wrong((*path, "target"), f"{kind} tasks have no right answer; leave this out.")
            return ""
        if kind in CODE_KINDS and "target" not in data:
            return ""
        if kind in CHOICE_KINDS and str(data.get("target")).isdecimal():
            return str(data["target"])
        return self.template(data, "target", path)

    def tests(self, data: dict[str, Any], kind: str, path: Path) -> str:
        if kind in CODE_KINDS:
            return self.template(data, "tests", path)
        if "tests" in data:
            raise self.wrong((*path, "tests"), "`tests` belong to code-generation tasks only.")
        return ""

    def template(self, data: dict[str, Any], key: str, path: Path) -> str:
        text = self.text(data, key, path, limit=MAX_TEMPLATE)
        if not self.columns(text, (*path, key)):
            raise self.wrong((*path, key), f"`{key}` must name a column, as in `{{{{column}}}}`.")
        return text

    def columns(self, template: str, path: Path) -> set[str]:
        try:
            return templates.columns_of(template)
        except ValueError as error:
            raise self.wrong(path, f"`{path[-1]}` is no template that can be filled: {error}.") from None

    def choices(self, data: dict[str, Any], kind: str, path: Path) -> str | tuple[str, ...] | None:
        """A template that gives a list column, or the texts themselves; of a pair always two texts."""
        value, here = data.get("choices"), (*path, "choices")
        if kind not in CHOICE_KINDS | PAIR_KINDS:
            if value is not None:
                raise self.wrong(here, f"{kind} tasks have no `choices`; leave this out.")
            return None
        if isinstance(value, str) and kind in CHOICE_KINDS:
            return self.template(data, "choices", path)
        choices = self.texts(value, here)
        for index, choice in enumerate(choices):
            self.columns(choice, (*here, index))
        if kind in PAIR_KINDS and len(choices) != 2:
            raise self.wrong(
                here, "`choices` of a bias task are two: the sentence with the stereotype, and the other one."
            )
        if len(choices) < 2:
            raise self.wrong(here, "`choices` must be a list of two or more, or name a list column.")
        return choices

    def decoding(self, value: Any, kind: str, metrics: tuple[MetricUse, ...], path: Path) -> Decoding | None:
        if kind not in GENERATION_KINDS:
            if value is not None:
                raise self.wrong(
                    path, f"{kind} tasks generate nothing, so `decoding` has no use; leave it out."
                )
            return None
        data = self.mapping(value if value is not None else {}, path, DECODING_KEYS)
        is_code = kind in CODE_KINDS
        samples = self.whole(data, "samples", path, 1, 1, MAX_SAMPLES) if is_code else 1
        sampled = samples > 1
        if is_code:
            self.check_enough(samples, metrics, path)
        if not sampled:
            self.refuse_sampling(data, path)
        return Decoding(
            max_new_tokens=self.whole(data, "max_new_tokens", path, 128, 1, 8192),
            stop=self.texts(data.get("stop", [] if is_code else ["\n"]), (*path, "stop")),
            do_sample=sampled,
            samples=samples,
            temperature=self.number(data, "temperature", path, 0.8, 0.01, 5.0) if sampled else 0.0,
            top_p=self.number(data, "top_p", path, 0.95, 0.01, 1.0) if sampled else 1.0,
        )

    def refuse_sampling(self, data: dict[str, Any], path: Path) -> None:
        """Only the metrics of programs are made for several random answers."""
        if self.flag(data, "do_sample", path, default=False):
            raise self.wrong(
                (*path, "do_sample"), "Sampling would make scores random; `do_sample` must be false."
            )
        for key in ("samples", "temperature", "top_p"):
            if data.get(key, 1) != 1:
                raise self.wrong(
                    (*path, key),
                    f"`{key}` is for code-generation tasks with several `samples`; leave it out.",
                )

    def check_enough(self, samples: int, metrics: tuple[MetricUse, ...], path: Path) -> None:
        for metric in metrics:
            needed = NEEDED_PROGRAMS.get(metric.name, 1)
            if samples < needed:
                raise self.wrong(
                    (*path, "samples"),
                    f"`{metric.name}` needs `samples: {needed}` or more, and {samples} are drawn.",
                )
