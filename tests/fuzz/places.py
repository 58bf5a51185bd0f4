"""Every address that the hub has, with places for what people put into it; taken from the URL resolver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import get_resolver
from django.utils.regex_helper import normalize

from tests.rules.permissions import walk

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Place:
    """`template` is a format string; `parameters` are the names in it."""

    route: str
    template: str
    parameters: tuple[str, ...]


def all_places() -> list[Place]:
    return [
        place for pattern, route in walk(get_resolver().url_patterns, "", "") for place in _of(pattern, route)
    ]


def _of(pattern: str, route: str) -> Iterator[Place]:
    if not pattern.startswith("^") and "(?P<" not in pattern:
        yield Place(route, "/" + PARAMETER.sub(r"{\1}", pattern), tuple(PARAMETER.findall(pattern)))
        return
    for form, names in normalize(pattern):
        template = re.sub(r"%\((\w+)\)s", r"{\1}", form.replace("%%", "%"))
        yield Place(route, f"/{template}", tuple(names))
