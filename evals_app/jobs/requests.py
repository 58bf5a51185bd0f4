"""A request for a job as people and schedules write it: JSON in, typed and checked for form.

What needs the database (do the repositories exist, who may) is `order`'s part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from evals_app.jobs.models import JobKind
from hub.core.errors import InvalidInput

MAX_TASKS = 64
PRIORITIES = range(-10, 11)
MOST_DEVICES = 1024
MOST_MEMORY_GB = 100_000
MOST_ATTEMPTS = 10
LEAST_SECONDS, MOST_SECONDS = 10, 90 * 86_400
MAX_LABELS = 32
MAX_WORDS, MAX_VARIABLES, MAX_TEXT = 256, 128, 100_000
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
LABEL_NAME = re.compile(r"[A-Za-z0-9._/-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What one machine must have (devices, and memory of each); how long the job may take, in seconds, where
    None is the queue's own limit; how often it is tried at most, where None is as often as usual."""

    owner: str
    queue: str
    priority: int = 0
    devices: int = 1
    memory_gb: float = 0.0
    time_limit: int | None = None
    attempts: int | None = None
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateRequest(_Common):
    """Exactly one of `model` and `endpoint`, which is a model behind another address. No `tasks` means all
    of the benchmark; `limit` takes only the first samples."""

    benchmark: str
    model: str = ""
    endpoint: str = ""
    revision: str = "main"
    benchmark_revision: str = "main"
    tasks: tuple[str, ...] = ()
    settings: dict[str, Any]
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuneRequest(_Common):
    """Exactly one of `base_model` and `init`. `private` None: as private as what it is made from."""

    recipe: str
    dataset: str
    output: str
    base_model: str = ""
    init: dict[str, Any] | None = None
    revision: str = "main"
    dataset_revision: str = "main"
    private: bool | None = None
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest(_Common):
    upstream: str
    source: str
    output: str
    source_type: str = "model"
    source_revision: str = "main"
    private: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRequest(_Common):
    """`command` takes the place of the image's entry point, `arguments` that of its own arguments. Private
    unless it says otherwise: what a command prints is not known before. `secrets` are values by name."""

    image: str
    command: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    private: bool | None = None


JobRequest = EvaluateRequest | FineTuneRequest | PullRequest | ContainerRequest

Reader = Callable[[str, Any], Any]


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 300 or "\x00" in value:
        raise InvalidInput(f"`{name}` must be a text of 1 to 300 characters.", field=name)
    return value.strip()


def _repository(name: str, value: Any) -> str:
    text = _text(name, value)
    namespace, slash, rest = text.partition("/")
    if not (slash and namespace and rest) or "/" in rest:
        raise InvalidInput(f"`{name}` must be written as namespace/name, not {text!r}.", field=name)
    return text


def _optional_repository(name: str, value: Any) -> str:
    return _repository(name, value) if value not in (None, "") else ""


def _names(name: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_TASKS:
        raise InvalidInput(f"`{name}` must be a list of at most {MAX_TASKS} names.", field=name)
    return tuple(dict.fromkeys(_text(name, item) for item in value))


def _mapping(name: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidInput(f"`{name}` must be an object with names and values.", field=name)
    return dict(value)


def _optional_mapping(name: str, value: Any) -> dict[str, Any] | None:
    return None if value is None else _mapping(name, value)


def _optional_count(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 2**31 - 1:
        raise InvalidInput(f"`{name}` must be a whole number from 1, or null for all samples.", field=name)
    return value


def _priority(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value not in PRIORITIES:
        raise InvalidInput(f"`{name}` must be a whole number from -10 to 10.", field=name)
    return value


def check_labels(name: str, value: Any) -> dict[str, str]:
    """What a submitter calls a job by. InvalidInput for more or longer ones than a list can show."""
    labels = _mapping(name, value)
    if len(labels) > MAX_LABELS:
        raise InvalidInput(f"`{name}` may hold at most {MAX_LABELS} labels.", field=name)
    for key, text in labels.items():
        if not isinstance(key, str) or not LABEL_NAME.fullmatch(key):
            raise InvalidInput(
                f"A label has a name of 1 to 100 letters, digits, or `._-/`, not {key!r:.60}.",
                field=name,
            )
        if not isinstance(text, str) or len(text) > 100 or not text.isprintable():
            raise InvalidInput(f"The label {key} must be a text of at most 100 characters.", field=name)
    return labels


def _optional_bool(name: str, value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise InvalidInput(f"`{name}` must be true, false or null.", field=name)
    return value


def _words(name: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(w, str) and "\x00" not in w for w in value):
        raise InvalidInput(f"`{name}` must be a list of texts.", field=name)
    if len(value) > MAX_WORDS or sum(map(len, value)) > MAX_TEXT:
        raise InvalidInput(
            f"`{name}` may hold at most {MAX_WORDS} words of {MAX_TEXT:,} characters together.", field=name
        )
    if value and not value[0] and name == "command":
        raise InvalidInput("`command` must begin with a program.", field=name)
    return tuple(value)


def _variables(name: str, value: Any) -> dict[str, str]:
    """Environment variables. They reach a container line by line."""
    variables = _mapping(name, value)
    for key, text in variables.items():
        if not isinstance(key, str) or not VARIABLE.fullmatch(key):
            raise InvalidInput(
                f"`{name}` has names of letters, digits and `_`, the first no digit; not {key!r:.60}.",
                field=name,
            )
        if not isinstance(text, str) or any(c in text for c in "\x00\n\r"):
            raise InvalidInput(f"The variable {key} of `{name}` must be a text of one line.", field=name)
    if len(variables) > MAX_VARIABLES or sum(map(len, variables.values())) > MAX_TEXT:
        raise InvalidInput(
            f"`{name}` may hold at most {MAX_VARIABLES} variables of {MAX_TEXT:,} characters together.",
            field=name,
        )
    return variables


def _repository_type(name: str, value: Any) -> str:
    if value not in ("model", "dataset"):
        raise InvalidInput(f"`{name}` must be model or dataset.", field=name)
    return str(value)


def _devices(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_DEVICES:
        raise InvalidInput(f"`{name}` must be a whole number from 1 to {MOST_DEVICES}.", field=name)
    return value


def _memory(name: str, value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= MOST_MEMORY_GB:
        raise InvalidInput(f"`{name}` must be a number of gigabytes from 0 to {MOST_MEMORY_GB}.", field=name)
    return float(value)


def _time_limit(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not LEAST_SECONDS <= value <= MOST_SECONDS:
        raise InvalidInput(
            f"`{name}` must be a whole number of seconds from {LEAST_SECONDS} to {MOST_SECONDS}, or null.",
            field=name,
        )
    return value


def _attempts(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_ATTEMPTS:
        raise InvalidInput(
            f"`{name}` must be a whole number from 1 to {MOST_ATTEMPTS}, the first one counted, or null.",
            field=name,
        )
    return value


COMMON: Mapping[str, Reader] = {
    "owner": _text,
    "queue": _text,
    "priority": _priority,
    "devices": _devices,
    "memory_gb": _memory,
    "time_limit": _time_limit,
    "attempts": _attempts,
    "labels": check_labels,
}
FORMS: Mapping[str, tuple[type[JobRequest], Mapping[str, Reader], frozenset[str]]] = {
    JobKind.EVALUATE: (
        EvaluateRequest,
        {
            **COMMON,
            "model": _optional_repository,
            "endpoint": _optional_repository,
            "revision": _text,
            "benchmark": _repository,
            "benchmark_revision": _text,
            "tasks": _names,
            "settings": _mapping,
            "limit": _optional_count,
        },
        frozenset({"owner", "benchmark"}),
    ),
    JobKind.FINE_TUNE: (
        FineTuneRequest,
        {
            **COMMON,
            "recipe": _text,
            "base_model": _optional_repository,
            "init": _optional_mapping,
            "revision": _text,
            "dataset": _repository,
            "dataset_revision": _text,
            "output": _repository,
            "private": _optional_bool,
            "settings": _mapping,
        },
        frozenset({"owner", "recipe", "dataset", "output"}),
    ),
    JobKind.PULL: (
        PullRequest,
        {
            **COMMON,
            "upstream": _text,
            "source": _text,
            "source_type": _repository_type,
            "source_revision": _text,
            "output": _repository,
            "private": _optional_bool,
        },
        frozenset({"owner", "upstream", "source", "output"}),
    ),
    JobKind.CONTAINER: (
        ContainerRequest,
        {
            **COMMON,
            "image": _text,
            "command": _words,
            "arguments": _words,
            "environment": _variables,
            "secrets": _variables,
            "private": _optional_bool,
        },
        frozenset({"owner", "image"}),
    ),
}
DEFAULT_QUEUE = "cpu"


def parse(data: object) -> JobRequest:
    """InvalidInput names the field that is unknown, missing or wrong, and what would be right."""
    if not isinstance(data, Mapping):
        raise InvalidInput("A job request is a JSON object.")
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in FORMS:
        raise InvalidInput(f"`kind` must be one of {', '.join(FORMS)}.", field="kind")
    form, readers, required = FORMS[kind]
    given = {"queue": DEFAULT_QUEUE, **{name: value for name, value in data.items() if name != "kind"}}
    for name in given:
        if name not in readers:
            raise InvalidInput(
                f"A request of the kind `{kind}` holds no `{name}`. It may hold: {', '.join(readers)}.",
                field=str(name),
            )
    for name in sorted(required):
        if given.get(name) in (None, ""):
            raise InvalidInput(f"`{name}` is missing from the {kind} request.", field=name)
    values = {name: readers[name](name, value) for name, value in given.items()}
    if "settings" in readers:
        values.setdefault("settings", {})
    return form(**values)


def as_json(request: JobRequest) -> dict[str, Any]:
    """What `parse` reads back to an equal request, less its secrets: this is stored and shown."""
    kind = next(kind for kind, (form, _readers, _required) in FORMS.items() if form is type(request))
    values = {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(request).items()
    }
    values.pop("secrets", None)
    return {"kind": str(kind), **values}
