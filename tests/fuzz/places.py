"""Every address that the hub has, with places for what people put into it; taken from the URL resolver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

# Django's administration and allauth's pages have tests of their own projects.
EXEMPT_NAMESPACES = {"admin"}
EXEMPT_PREFIXES = ("accounts/", "admin/")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Place:
    """`template` is a format string; `parameters` are the names in it."""

    route: str
    template: str
    parameters: tuple[str, ...]


def all_places() -> list[Place]:
    return [
        place
        for pattern, route in _walk(get_resolver().url_patterns, "", "")
        for place in _of(pattern, route)
    ]


def _of(pattern: str, route: str) -> Iterator[Place]:
    if not pattern.startswith("^") and "(?P<" not in pattern:
        yield Place(route, "/" + PARAMETER.sub(r"{\1}", pattern), tuple(PARAMETER.findall(pattern)))
        return
    for form, names in normalize(pattern):
        template = re.sub(r"%\((\w+)\)s", r"{\1}", form.replace("%%", "%"))
        yield Place(route, f"/{template}", tuple(names))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[tuple[str, str]]:
    for entry in patterns:
        place = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = entry.namespace or ""
            if inner not in EXEMPT_NAMESPACES:
                yield from _walk(entry.url_patterns, place, f"{namespace}{inner}:" if inner else namespace)
        elif not place.startswith(EXEMPT_PREFIXES):
            yield place, namespace + (entry.name or place)
