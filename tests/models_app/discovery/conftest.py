"""A shelf of repositories with cards, made without commits: the columns are what lists read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.accounts.models import Namespace, User
from models_app.repositories.models import Repository, RepositoryTag
from tests.factories.accounts import make_organization, make_user

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def bob(db: None) -> User:
    return make_user("bob")


@pytest.fixture
def acme(alice: User) -> Namespace:
    return make_organization("acme", admin=alice)


@pytest.fixture
def shelf() -> Callable[..., Repository]:
    """`shelf(namespace, "name", tags={"language:fr": "language"}, likes=3, …)`, each a day newer."""
    made = 0

    def put(
        namespace: Namespace, name: str, *, tags: dict[str, str] | None = None, **columns: Any
    ) -> Repository:
        nonlocal made
        made += 1
        values = {"type": "model", "updated_at": START + timedelta(days=made), "key": name.lower(), **columns}
        row = Repository.objects.create(namespace=namespace, name=name, **values)
        for tag, kind in (tags or {}).items():
            RepositoryTag.objects.create(repository=row, tag=tag, kind=kind)
        return row

    return put
