"""Keeps rows of suites equal to what the repositories declare."""

from __future__ import annotations

from evals_app.catalog import suites
from evals_app.catalog.models import Suite
from evals_app.catalog.suites import FILE_NAME, MAX_BYTES
from hub.core.errors import InvalidInput, RevisionNotFound
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository, RepositoryType

DEFAULT_BRANCH = "main"


def index_suite(repository: Repository) -> Suite | None:
    """Read the suite at the head. None when the repository holds none. An invalid one keeps what was
    valid, and its reason is stored as `problem`."""
    if repository.type != RepositoryType.DATASET:
        return None
    try:
        commit = repositories.resolve(repository, DEFAULT_BRANCH).commit
    except RevisionNotFound:
        return None
    text = repositories.read_small(repository, commit, FILE_NAME, limit=MAX_BYTES)
    if text is None:
        Suite.objects.filter(repository=repository).delete()
        return None
    try:
        declared = suites.parse(text.decode())
    except UnicodeDecodeError:
        return _keep(repository, {"problem": f"{FILE_NAME} is not UTF-8 text."})
    except InvalidInput as error:
        return _keep(repository, {"problem": error.message})
    return _keep(
        repository,
        {"title": declared.title, "declaration": declared.as_json(), "commit": commit, "problem": ""},
    )


def _keep(repository: Repository, values: dict[str, object]) -> Suite:
    first = {"title": repository.full_id, **values}
    suite, _ = Suite.objects.update_or_create(repository=repository, defaults=values, create_defaults=first)
    return suite
