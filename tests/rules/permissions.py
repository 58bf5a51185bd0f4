"""The form of the permission table: who gets which status on which route.

Each door keeps its rows in `permission_rows/<door>.py` as `ROWS`. A row is one request, sent by
nobody, a stranger, a member who may read, and the owner, in this order, so that the one who may
change something comes last.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from django.core.signals import request_finished
from django.db import close_old_connections
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from hub.accounts.models import Namespace, Role, User
from models_app.repositories.models import Repository
from tests.factories.accounts import make_organization, make_token, make_user
from tests.factories.repositories import make_repository

ROWS_FOLDER = Path(__file__).with_name("permission_rows")
READING = ("GET", "HEAD")
PERSONS = ("nobody", "stranger", "member", "owner")
# Django's administration and allauth's pages have tests of their own projects.
EXEMPT_NAMESPACES = {"admin"}
EXEMPT_PREFIXES = ("accounts/", "admin/")


@dataclass
class World:
    """`acme` with its administrator (owner), a member with the read role, and what it owns."""

    owner: User
    member: User
    stranger: User
    acme: Namespace
    secret: Repository  # private model
    open: Repository  # public model
    data: Repository  # private dataset

    def user(self, person: str) -> User | None:
        return None if person == "nobody" else getattr(self, person)


@dataclass(frozen=True)
class Row:
    """`url` and `body` are formatted with what `prepare(world)` returns (a dictionary of texts).

    `statuses` are for nobody, stranger, member and owner. `by` says how people show who they are.
    """

    route: str
    url: str
    statuses: tuple[int, int, int, int]
    method: str = "GET"
    body: Any = None
    content_type: str = "application/json"
    by: str = "session"
    prepare: Callable[[World], dict[str, str]] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


def make_world() -> World:
    owner, member, stranger = make_user("owner"), make_user("member"), make_user("stranger")
    acme = make_organization("acme", admin=owner, members={member: Role.READ})
    files = {"README.md": "---\nlicense: mit\n---\n# Text\n", "config.json": "{}", "sub/a.txt": "a\n"}
    return World(
        owner,
        member,
        stranger,
        acme,
        secret=make_repository(acme, "secret", private=True, files=files),
        open=make_repository(acme, "open"),
        data=make_repository(acme, "data", "dataset", private=True),
    )


def statuses(client: Client, row: Row, world: World) -> dict[str, int]:
    """What each person gets, in the order of `PERSONS`."""
    client.raise_request_exception = False
    values = row.prepare(world) if row.prepare else {}
    return {person: ask(client, row, world.user(person), values) for person in PERSONS}


def expected(row: Row) -> dict[str, int]:
    return dict(zip(PERSONS, row.statuses, strict=True))


def ask(
    client: Client, row: Row, user: User | None, values: dict[str, str], secret: str | None = None
) -> int:
    """`secret` is the token to use instead of one that may do everything."""
    body = row.body(values) if callable(row.body) else row.body
    data = body if isinstance(body, (bytes, str)) else b"" if body is None else json.dumps(body)
    headers = {}
    client.logout()
    if user and row.by == "token":
        headers["Authorization"] = f"Bearer {secret or make_token(user)}"
    elif user:
        client.force_login(user)
    url = row.url.format(**values)
    answer = client.generic(row.method, url, data, content_type=row.content_type, headers=headers)
    close(answer)
    return answer.status_code


def close(answer: HttpResponseBase) -> None:
    """A server closes what it has sent; a stream that stays open keeps its place among the few."""
    request_finished.disconnect(close_old_connections)  # as Django's test client does: the test's own stays
    answer.close()
    request_finished.connect(close_old_connections)


def all_rows() -> list[Row]:
    modules = sorted(path.stem for path in ROWS_FOLDER.glob("*.py") if path.stem != "__init__")
    return [row for name in modules for row in import_module(f"tests.rules.permission_rows.{name}").ROWS]


def routes() -> set[str]:
    """Every route of the project by name, or by its pattern where it has none."""
    return {name for _place, name in walk(get_resolver().url_patterns, "", "")}


def walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[tuple[str, str]]:
    """The pattern and the name of each route; the pattern again where it has no name."""
    for entry in patterns:
        place = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = entry.namespace or ""
            if inner not in EXEMPT_NAMESPACES:
                yield from walk(entry.url_patterns, place, f"{namespace}{inner}:" if inner else namespace)
        elif not place.startswith(EXEMPT_PREFIXES):
            yield place, namespace + entry.name if entry.name else place
