"""Accounts on a running hub, made by the operator's commands: what every client test begins with."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from tests.live import LiveHub


@dataclass(frozen=True)
class Person:
    name: str
    token: str


def make_person(hub: LiveHub, name: str = "user", scope: str = "write") -> Person:
    """A new person with a token; the name is made unique, since tests share one hub."""
    name = unique(name)
    hub.manage("create_user", name)
    return Person(name, make_token(hub, name, scope))


def make_token(hub: LiveHub, name: str, scope: str = "write") -> str:
    return hub.manage("create_token", name, "--scope", scope).split()[-1]


def make_organization(hub: LiveHub, admin: Person, name: str = "org") -> str:
    name = unique(name)
    hub.manage("create_organization", name, "--admin", admin.name)
    return name


def unique(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:8]}"
