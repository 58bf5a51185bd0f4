"""Task files of lm-evaluation-harness become declarations, where they hold no code.

Pure. What a declaration cannot express is refused with its line and the reason, never guessed: a
benchmark of the same name with other numbers would be worse than none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from evals_app.catalog import yaml_lines
from evals_app.catalog.yaml_lines import Path
from evals_app.catalog.yaml_reader import YamlReader
from hub.core.errors import InvalidInput

MAX_BYTES = 100_000
KINDS = {
    "generate_until": "generation",
    "multiple_choice": "multiple-choice",
    "loglikelihood_rolling": "language-modelling",
}
METRICS = {
    "acc": "acc",
    "acc_norm": "acc_norm",
    "exact_match": "exact_match",
    "bleu": "bleu",
    "chrf": "chrf",
    "ter": "ter",
    "word_perplexity": "word_perplexity",
    "byte_perplexity": "byte_perplexity",
    "bits_per_byte": "bits_per_byte",
}
# Known, and without effect on the numbers.
IGNORED = ("tag", "task_alias", "metadata", "should_decontaminate", "doc_to_decontamination_query", "repeats")
UNDERSTOOD = (
    *(
        "task",
        "dataset_path",
        "dataset_name",
        "test_split",
        "validation_split",
        "fewshot_split",
        "num_fewshot",
    ),
    *("training_split", "output_type", "doc_to_text", "doc_to_target", "doc_to_choice", "target_delimiter"),
    *("fewshot_delimiter", "description", "metric_list", "generation_kwargs", "filter_list"),
)
CODE = {
    "process_docs": "it runs code over the data",
    "process_results": "it runs code over the answers",
    "doc_to_image": "images are not shown to models here",
    "doc_to_audio": "sounds are not played to models here",
    "include": "it takes over another file; write out what it holds",
    "group": "it names a group; import its tasks one by one, and join them in a suite.yaml",
    "class": "it runs code",
    "custom_dataset": "it runs code",
    "dataset_kwargs": "it passes options to a loader; convert the data to Parquet first",
    "use_prompt": "its prompt stands in another file; write it out",
    "gen_prefix": "answers with a given beginning cannot be declared",
}


@dataclass(frozen=True, slots=True)
class Data:
    """Where the data of a task lie on this hub."""

    repository: str
    commit: str
    file: str


# From the task's data set, configuration and split to what the hub has; InvalidInput where it has nothing.
Find = Callable[[str, str, str], Data]


def convert(text: str, find: Find) -> str:
    """The text of a `benchmark.yaml`. InvalidInput names the line of what cannot be taken over."""
    if len(text) > MAX_BYTES:
        raise InvalidInput(f"A task file may hold at most {MAX_BYTES} characters.")
    _refuse_code(text)
    task = _Task(yaml_lines.load(text), "the task file", find)
    return yaml.safe_dump(task.declaration(), allow_unicode=True, sort_keys=False, width=100)


def _refuse_code(text: str) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        if "!function" in line and not line.lstrip().startswith("#"):
            raise InvalidInput(
                f"Line {number}: `!function` runs code, which is not taken over. Write what it computes as a "
                "column of the data or as a template.",
                line=number,
            )


class _Task(YamlReader):
    def __init__(self, document: yaml_lines.Document, file_name: str, find: Find) -> None:
        super().__init__(document, file_name)
        self.find = find

    def declaration(self) -> dict[str, Any]:
        data = self.checked()
        name = self.text(data, "task", ())
        version = data.get("metadata", {}).get("version", 1) if isinstance(data.get("metadata"), dict) else 1
        return {"title": name, "version": str(version), "tasks": [self.task(data, name)]}

    def checked(self) -> dict[str, Any]:
        data = self.mapping(self.document.value, (), (*UNDERSTOOD, *IGNORED, *CODE))
        for key, reason in CODE.items():
            if data.get(key):
                raise self.wrong((key,), f"`{key}` cannot be taken over: {reason}.")
        if isinstance(data.get("task"), list):
            raise self.wrong(
                ("task",), "`task` cannot be taken over: it lists tasks; import them one by one."
            )
        if data.get("repeats", 1) != 1:
            raise self.wrong(("repeats",), "`repeats` cannot be taken over: each question is asked once.")
        self.check_filters(data.get("filter_list"))
        return data

    def task(self, data: dict[str, Any], name: str) -> dict[str, Any]:
        output = data.get("output_type", "generate_until")
        if output not in KINDS:
            raise self.wrong(
                ("output_type",), f"`output_type: {output}` cannot be taken over. Known: {', '.join(KINDS)}."
            )
        kind = KINDS[output]
        shots = self.whole(data, "num_fewshot", (), 0, 0, 64)
        task: dict[str, Any] = {
            "name": "".join(c if c.isalnum() or c in "-_." else "-" for c in name.lower())[:80].strip("-_."),
            "kind": kind,
            "data": self.data(data, shots),
            **self.words(data, kind, shots),
            "metrics": self.metrics(data.get("metric_list"), kind),
        }
        if kind == "generation":
            task["decoding"] = self.decoding(data.get("generation_kwargs"))
        if shots:
            task["few_shot"] = shots
        return task

    def data(self, data: dict[str, Any], shots: int) -> dict[str, str]:
        split = data.get("test_split") or data.get("validation_split")
        if not isinstance(split, str):
            raise self.wrong(("test_split",), "`test_split` is missing: nothing says what is measured.")
        source, configuration = self.text(data, "dataset_path", ()), str(data.get("dataset_name") or "")
        found = self.found(
            source, configuration, split, "test_split" if data.get("test_split") else "validation_split"
        )
        place = {"repository": found.repository, "commit": found.commit, "file": found.file}
        if shots:
            examples = data.get("fewshot_split") or data.get("training_split")
            if not isinstance(examples, str):
                raise self.wrong(("num_fewshot",), "`num_fewshot` needs `fewshot_split` or `training_split`.")
            place["few_shot_file"] = self.found(source, configuration, examples, "fewshot_split").file
        return place

    def found(self, source: str, configuration: str, split: str, key: str) -> Data:
        try:
            return self.find(source, configuration, split)
        except InvalidInput as error:
            raise self.wrong((key,), error.message) from None

    def words(self, data: dict[str, Any], kind: str, shots: int) -> dict[str, Any]:
        """Prompt, target and choices; the delimiter stands between, as the harness puts it."""
        if kind == "language-modelling":
            if data.get("doc_to_text") not in (None, ""):
                raise self.wrong(("doc_to_text",), "`doc_to_text` of a rolling likelihood must be empty.")
            return {"target": self.template(data, "doc_to_target")}
        prompt = self.template(data, "doc_to_text")
        if description := self.text(data, "description", (), limit=20_000, default=""):
            if shots:
                raise self.wrong(("description",), "`description` before solved examples cannot be declared.")
            prompt = description + prompt
        if shots and data.get("fewshot_delimiter", "\n\n") != "\n\n":
            raise self.wrong(("fewshot_delimiter",), "`fewshot_delimiter` is always an empty line here.")
        words: dict[str, Any] = {"prompt": prompt, "target": self.template(data, "doc_to_target")}
        if delimiter := self.text(data, "target_delimiter", (), limit=20, default=" "):
            words["delimiter"] = delimiter
        if kind == "multiple-choice":
            words["choices"] = self.choices(data.get("doc_to_choice"))
        return words

    def template(self, data: dict[str, Any], key: str) -> str:
        """A bare name is a column; whole numbers are the index of a choice."""
        text = self.text(data, key, (), limit=20_000)
        return f"{{{{{text}}}}}" if text.isidentifier() else text

    def choices(self, value: Any) -> str | list[str]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return list(value)
        if isinstance(value, str) and value.isidentifier():
            return f"{{{{{value}}}}}"
        inner = value.strip().removeprefix("{{").removesuffix("}}").strip() if isinstance(value, str) else ""
        if inner.isidentifier():
            return f"{{{{{inner}}}}}"
        raise self.wrong(
            ("doc_to_choice",), "`doc_to_choice` must be a list of texts, or name a column that holds a list."
        )

    def metrics(self, value: Any, kind: str) -> list[str]:
        if value is None:
            return {"multiple-choice": ["acc", "acc_norm"], "language-modelling": ["bits_per_byte"]}.get(
                kind, ["exact_match"]
            )
        if not isinstance(value, list) or not value:
            raise self.wrong(("metric_list",), "`metric_list` must be a list of one or more.")
        return [self.metric(item, ("metric_list", index)) for index, item in enumerate(value)]

    def metric(self, value: Any, path: Path) -> str:
        data: Mapping[str, Any] = value if isinstance(value, dict) else {"metric": value}
        if data.get("hf_evaluate"):
            raise self.wrong((*path, "hf_evaluate"), "`hf_evaluate` loads code from elsewhere.")
        name = data.get("metric")
        if name not in METRICS:
            raise self.wrong(path, f"The metric `{name}` is not known here. Known: {', '.join(METRICS)}.")
        for key in data:
            if key not in ("metric", "aggregation", "higher_is_better"):
                raise self.wrong(
                    (*path, str(key)), f"`{key}` changes what `{name}` means, and cannot be taken over."
                )
        return METRICS[name]

    def check_filters(self, value: Any) -> None:
        """Only the one that takes the answer as it is."""
        for index, item in enumerate(value or []):
            steps = item.get("filter") if isinstance(item, dict) else None
            for step in steps or [None]:
                name = step.get("function") if isinstance(step, dict) else None
                if name != "take_first":
                    raise self.wrong(
                        ("filter_list", index),
                        f"The filter `{name}` changes answers before they are compared; leave it out.",
                    )

    def decoding(self, value: Any) -> dict[str, Any]:
        data = value if isinstance(value, dict) else {}
        path = ("generation_kwargs",)
        if data.get("do_sample") or data.get("temperature", 0) not in (0, 0.0):
            raise self.wrong(
                (*path, "temperature"), "Sampling would make scores random; answers are greedy here."
            )
        for key in data:
            if key not in ("until", "max_gen_toks", "do_sample", "temperature"):
                raise self.wrong((*path, str(key)), f"`{key}` cannot be declared.")
        return {
            "max_new_tokens": self.whole(data, "max_gen_toks", path, 256, 1, 8192),
            "stop": list(self.texts(data.get("until", ["\n\n"]), (*path, "until"))),
        }
