"""A caller of the protocol: JSON in, status and JSON out, as one person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from hub.accounts.models import User
from tests.factories.accounts import make_token, make_user


@dataclass(frozen=True)
class Caller:
    client: Client
    headers: dict[str, str]

    def send(self, method: str, url: str, body: Any = None, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.generic(
            method, url, data, content_type="application/json", headers={**self.headers, **headers}
        )

    def get(self, url: str, **headers: str) -> Any:
        return self.send("GET", url, **headers)

    def post(self, url: str, body: Any = None) -> Any:
        return self.send("POST", url, {} if body is None else body)

    def commit(self, full_id: str, lines: Iterable[dict[str, Any]], revision: str = "main") -> Any:
        body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        return self.send("POST", f"/api/models/{full_id}/commit/{revision}", body)


def header(summary: str = "Change", **more: Any) -> dict[str, Any]:
    return {"key": "header", "value": {"summary": summary, "description": "", **more}}


def file(path: str, content: str = "text") -> dict[str, Any]:
    return {"key": "file", "value": {"path": path, "content": content, "encoding": "utf-8"}}


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def bob(db: None) -> User:
    return make_user("bob")


@pytest.fixture
def caller(client: Client) -> Callable[..., Caller]:
    """`caller()` is nobody, `caller(user)` holds a write token, `caller(user, "read")` another."""

    def make(user: User | None = None, scope: str = "write", **options: Any) -> Caller:
        if user is None:
            return Caller(client, {})
        return Caller(client, {"Authorization": f"Bearer {make_token(user, scope, **options)}"})

    return make
