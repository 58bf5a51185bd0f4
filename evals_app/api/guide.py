"""`/api/docs`: the OpenAPI description as a page that needs no script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    place: str
    words: str


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    words: str
    parameters: list[Parameter]
    takes: list[Parameter]
    statuses: list[str]


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    operations: list[Operation]


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    endpoint = request.build_absolute_uri("/").rstrip("/")
    return render(request, "evals/api_docs.html", {"sections": sections(), "endpoint": endpoint})


@lru_cache(maxsize=1)
def sections() -> list[Section]:
    """Grouped by the first word behind the prefix, in the order of the routes."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    grouped: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method, described in methods.items():
            name = path.removeprefix("/api/v1/").partition("/")[0]
            grouped.setdefault(name, []).append(_operation(schema, path, method, described))
    return [Section(name, operations) for name, operations in grouped.items()]


def _operation(schema: dict[str, Any], path: str, method: str, described: dict[str, Any]) -> Operation:
    parameters = described.get("parameters", [])
    return Operation(
        id=described["operationId"],
        method=method.upper(),
        path=path,
        words=described.get("description", ""),
        parameters=[Parameter(p["name"], p["in"], p.get("description", "")) for p in parameters],
        takes=list(_fields(schema, described)),
        statuses=sorted(described["responses"]),
    )


def _fields(schema: dict[str, Any], described: dict[str, Any]) -> Iterator[Parameter]:
    content = described.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    form = schema["components"]["schemas"].get(name, {})
    for field, shape in form.get("properties", {}).items():
        needed = "needed" if field in form.get("required", []) else ""
        yield Parameter(field, shape.get("type", ""), needed)
