"""A person and fresh repositories on the running hub, shared by the tests with the real git."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.contract.people import Person, make_person, unique
from tests.live import LiveHub
from tests.models_app.git_http.real_git import address, git


@pytest.fixture(scope="session")
def gina(live_hub: LiveHub) -> Person:
    return make_person(live_hub, "gina")


@pytest.fixture(scope="session")
def api(live_hub: LiveHub, gina: Person) -> HfApi:
    return HfApi(endpoint=live_hub.url, token=gina.token)


@pytest.fixture
def repository(api: HfApi, gina: Person) -> str:
    """The name of a new public model."""
    return str(api.create_repo(f"{gina.name}/{unique('r')}").repo_id)


@pytest.fixture
def clone(live_hub: LiveHub, gina: Person, repository: str, tmp_path: Path) -> Path:
    """Of that repository, with the right to push."""
    git("clone", "-q", address(live_hub, gina, repository), str(tmp_path / "clone"))
    return tmp_path / "clone"


@pytest.fixture
def stored(live_hub: LiveHub) -> Callable[[str], Path]:
    """Where the hub keeps a repository."""

    def stored(repository: str) -> Path:
        query = "SELECT storage_id FROM models_app_repository WHERE name = ?"
        (row,) = live_hub.rows(query, repository.partition("/")[2])
        return live_hub.data / "repos" / row["storage_id"][:2] / f"{row['storage_id']}.git"

    return stored
