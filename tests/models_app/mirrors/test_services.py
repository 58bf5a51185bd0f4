"""Where pulled content came from."""

from __future__ import annotations

import pytest

from models_app.mirrors import selectors, services
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


def test_it_remembers_the_newest_pull() -> None:
    repository = make_repository(make_user("alice"), "copy")
    assert selectors.origin_of(repository) is None
    for commit in ("a" * 40, "b" * 40):
        services.record_origin(
            repository,
            endpoint="https://huggingface.co",
            source_id="org/name",
            revision="main",
            source_commit=commit,
            commit="c" * 40,
        )
    origin = selectors.origin_of(repository)
    assert origin is not None
    assert (origin.source_id, origin.source_commit) == ("org/name", "b" * 40)
