"""Repositories for tests, made the way people make them."""

from __future__ import annotations

from collections.abc import Mapping

from hub.accounts.actors import Actor
from hub.accounts.models import Namespace, User
from hub.accounts.selectors import actor_for_user
from models_app.commits import services as commits
from models_app.commits.operations import AddFile, CommitResult
from models_app.repositories import services
from models_app.repositories.models import Repository


def actor_of(owner: User | Namespace) -> Actor:
    """The owner, or an administrator of the organization that owns."""
    if isinstance(owner, User):
        return actor_for_user(owner)
    admin = owner.memberships.filter(role="admin").select_related("user").first()
    return actor_for_user(admin.user if admin else User.objects.get(namespace=owner))


def make_repository(
    owner: User | Namespace,
    name: str = "thing",
    type: str = "model",  # noqa: A002  the word callers expect
    private: bool = False,
    files: Mapping[str, bytes | str] | None = None,
) -> Repository:
    """`owner` is a user, or an organization that has an administrator. `files` become one commit."""
    actor = actor_of(owner)
    namespace = owner.namespace if isinstance(owner, User) else owner
    repository = services.create(actor, type, f"{namespace.name}/{name}", private=private)
    if files:
        commit_files(repository, owner, files)
    return repository


def commit_files(
    repository: Repository,
    owner: User | Namespace,
    files: Mapping[str, bytes | str],
    *,
    branch: str = "main",
    summary: str = "Add files",
) -> CommitResult:
    operations = [
        AddFile(path, content.encode() if isinstance(content, str) else content)
        for path, content in files.items()
    ]
    return commits.commit(actor_of(owner), repository, branch, operations, summary=summary)
