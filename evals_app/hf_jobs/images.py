"""Jobs of this hub as images with a command, and back: `llmos/evaluate --model=acme/t5 --benchmark=…`.

Each kind of job is an image; what its request holds are options, or environment variables in capitals. Any
other image is a container, where the operator lets them run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from evals_app.jobs import containers, requests
from evals_app.jobs.models import JobKind
from hub.core.errors import InvalidInput, NotOffered

PREFIX = "llmos/"
IMAGES = {f"{PREFIX}{kind}": str(kind) for kind in requests.FORMS if kind != JobKind.CONTAINER}
# Texts that look like numbers or truths stay texts; these are read as JSON.
JSON_FIELDS = frozenset(
    {"limit", "priority", "private", "init", "devices", "memory_gb", "time_limit", "attempts"}
)
# Said by the route and the flavor.
ELSEWHERE = frozenset({"kind", "owner", "queue", "labels"})


def kind_of(image: str) -> str:
    """NotOffered for an image that is no engine of this hub, with the remedy."""
    kind = IMAGES.get(image.removesuffix(":latest"))
    if kind is None:
        raise NotOffered(
            f"{image!r:.100} is no engine of this hub, and it runs no other images. Use one of "
            f"{', '.join(sorted(IMAGES))}, with its request as options. To run containers, the operator has "
            "to switch on a container runtime."
        )
    return kind


def is_container(image: str) -> bool:
    return containers.is_offered() and not image.startswith(PREFIX)


def request_from(
    image: str, words: Sequence[str], environment: Mapping[str, str], *, owner: str, queue: str
) -> dict[str, Any]:
    """The request as JSON; `jobs.requests.parse` says whether it is one. InvalidInput for words that are
    no options."""
    kind = kind_of(image)
    known = requests.FORMS[kind][1]
    values: dict[str, Any] = {
        name.lower(): text for name, text in environment.items() if name.isupper() and name.lower() in known
    }
    values |= _options(words, image)
    request: dict[str, Any] = {"kind": kind, "owner": owner, "queue": queue}
    for name, text in values.items():
        group, dot, key = name.partition(".")
        if dot:
            request.setdefault(group, {})[key] = _json_or_text(text)
        else:
            request[name] = _value(name, text)
    return request


def shown(request: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a client's specification that says what a request runs. Secrets never come back."""
    if request["kind"] == JobKind.CONTAINER:
        return {
            "dockerImage": request["image"],
            **{name: request[name] for name in ("command", "arguments", "environment")},
        }
    return {
        "dockerImage": f"{PREFIX}{request['kind']}",
        "command": command_of(request),
        "arguments": [],
        "environment": {},
    }


def command_of(request: Mapping[str, Any]) -> list[str]:
    """Options that `request_from` reads back to an equal request."""
    words: list[str] = []
    usual = {field.name: field.default for field in fields(requests.FORMS[request["kind"]][0])}
    for name, value in request.items():
        if name in ELSEWHERE or value in (None, "", [], {}, usual.get(name)):
            continue
        if isinstance(value, dict):
            words += [f"--{name}.{key}={_text(inner)}" for key, inner in value.items()]
        elif isinstance(value, list):
            words.append(f"--{name}={','.join(value)}")
        else:
            words.append(f"--{name}={_text(value)}")
    return words


def _options(words: Sequence[str], image: str) -> dict[str, str]:
    """`--name=value` and `--name value`."""
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--") or len(word) < 3:
            raise InvalidInput(
                f"{image} takes options like --model=acme/t5, not {word!r:.60}.", field="command"
            )
        name, equals, text = word[2:].partition("=")
        if not equals:
            if not rest:
                raise InvalidInput(f"The option --{name:.60} needs a value.", field=name)
            text = rest.pop(0)
        head, dot, key = name.partition(".")
        found[f"{head.replace('-', '_')}{dot}{key}"] = text
    return found


def _value(name: str, text: str) -> Any:
    if name == "tasks":
        return [part.strip() for part in text.split(",") if part.strip()]
    return _json_or_text(text) if name in JSON_FIELDS else text


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _text(value: Any) -> str:
    """A text that would be read as JSON is written as JSON."""
    if isinstance(value, str) and isinstance(_json_or_text(value), str):
        return value
    return json.dumps(value, ensure_ascii=False)
