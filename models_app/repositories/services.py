"""Making, naming, opening, closing and deleting repositories."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.accounts.selectors import get_namespace
from hub.core import clock
from hub.core.errors import (
    Conflict,
    InvalidInput,
    PermissionRefused,
    RepositoryNotFound,
    Unauthenticated,
)
from models_app.repositories import access
from models_app.repositories.default_attributes import default_gitattributes
from models_app.repositories.events import record
from models_app.repositories.locks import repository_lock
from models_app.repositories.models import (
    Gating,
    Repository,
    RepositoryRedirect,
    RepositoryType,
    Visibility,
)
from models_app.repositories.names import check_repository_name, split_full_id
from models_app.repositories.policies import Need
from models_app.repositories.ref_rules import is_branch_pattern
from models_app.repositories.references import (
    INITIAL_TITLE,
    create_branch,
    create_tag,
    delete_branch,
    delete_tag,
)
from models_app.repositories.signatures import signature
from models_app.storage import git_commits
from models_app.storage.git_objects import DEFAULT_BRANCH
from models_app.storage.git_store import store
from models_app.storage.git_trees import Overlay, apply
from models_app.storage.pack import PackWriter

__all__ = [
    "create",
    "create_branch",
    "create_tag",
    "delete",
    "delete_branch",
    "delete_tag",
    "move",
    "set_disabled",
    "update_settings",
]

MAX_PROTECTED = 50


def create(
    actor: Actor, type_: str | RepositoryType, full_id: str, *, private: bool | None = None
) -> Repository:
    """A repository with one commit, "initial commit". `private` None takes the namespace's default.

    Raises InvalidInput for a bad name, Unauthenticated, NotFound for the namespace,
    PermissionRefused, Conflict when the name is taken. The git folder exists before the row, so
    that no row is ever without one.
    """
    type_ = _repository_type(type_)
    namespace, name = _target(actor, type_, full_id)
    if private is None:
        private = namespace.private_by_default
    repository = Repository(
        type=type_,
        namespace=namespace,
        name=name,
        key=name.lower(),
        visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
        created_by=actor.user,
        updated_at=clock.now(),
        commit_count=1,
    )
    _check_free(type_, namespace, name)
    repository.head = _make_git_repository(repository, actor)
    try:
        with transaction.atomic():
            repository.save()
            # Whoever takes the name takes it from the redirect.
            RepositoryRedirect.objects.filter(type=type_, full_key=repository.full_id.lower()).delete()
            record("repository.created", actor, repository)
    except IntegrityError:
        store().discard(repository.storage_id)
        raise _taken(type_, repository.full_id) from None
    return repository


def _repository_type(type_: str) -> RepositoryType:
    try:
        return RepositoryType(type_)
    except ValueError:
        raise InvalidInput(f"Repositories are of type model or dataset, not {type_!r}.") from None


def _target(actor: Actor, type_: RepositoryType, full_id: str) -> tuple[Namespace, str]:
    if not actor.is_authenticated:
        raise Unauthenticated
    parts = split_full_id(full_id)
    if parts is None:
        raise InvalidInput(f"'{full_id}' is no repository id: it needs the form namespace/name.")
    check_repository_name(parts[1])
    namespace = get_namespace(parts[0])
    if not access.may_create_in(actor, namespace.pk, type_, full_id):
        raise PermissionRefused(
            f'You don\'t have the rights to create a {type_} under the namespace "{namespace.name}".'
        )
    return namespace, parts[1]


def _check_free(type_: RepositoryType, namespace: Namespace, name: str) -> None:
    if Repository.objects.filter(type=type_, namespace=namespace, key=name.lower()).exists():
        raise _taken(type_, f"{namespace.name}/{name}")


def _taken(type_: str, full_id: str) -> Conflict:
    return Conflict(f"A {type_} repository called {full_id} already exists", full_id=full_id, type=str(type_))


def _make_git_repository(repository: Repository, actor: Actor) -> str:
    git = store().create(repository.storage_id)
    overlay = Overlay()
    with PackWriter(git.path) as pack:
        attributes = default_gitattributes(RepositoryType(repository.type)).encode()
        overlay.put(".gitattributes", pack.add("blob", attributes))
        tree = apply(git, None, overlay, pack)
        assert tree is not None
        commit = pack.add(
            "commit",
            git_commits.serialize(tree, [], signature(actor.user), clock.now(), INITIAL_TITLE, ""),
        )
        pack.publish()
    git.move_ref(f"refs/heads/{DEFAULT_BRANCH}", expected=None, target=commit)
    return commit


def delete(actor: Actor, repository: Repository) -> None:
    """Row first, then the folder goes to the trash, which upkeep empties after a grace time.

    Raises Conflict while something that must stay traceable, such as a run, was made with it.
    """
    access.require(actor, repository, Need.ADMIN)
    try:
        with transaction.atomic():
            record("repository.deleted", actor, repository)
            Repository.objects.filter(pk=repository.pk).delete()
    except ProtectedError:
        raise Conflict(
            f"{repository.full_id} cannot be deleted: results on this hub were measured with it."
        ) from None
    try:
        with repository_lock(repository):
            store().discard(repository.storage_id)
    except RepositoryNotFound:
        return


def move(actor: Actor, repository: Repository, new_full_id: str) -> Repository:
    """A new name, or a new owner. The old name leads to it until somebody takes that name."""
    access.require(actor, repository, Need.ADMIN)
    type_ = RepositoryType(repository.type)
    namespace, name = _target(actor, type_, new_full_id)
    old_id = repository.full_id
    try:
        with transaction.atomic():
            repository.namespace, repository.name, repository.key = namespace, name, name.lower()
            repository.save(update_fields=["namespace", "name", "key"])
            RepositoryRedirect.objects.filter(type=type_, full_key=repository.full_id.lower()).delete()
            if old_id.lower() != repository.full_id.lower():
                RepositoryRedirect.objects.update_or_create(
                    type=type_, full_key=old_id.lower(), defaults={"repository": repository}
                )
            record("repository.moved", actor, repository, {"from": old_id})
    except IntegrityError:
        raise _taken(type_, f"{namespace.name}/{name}") from None
    return repository


def update_settings(
    actor: Actor,
    repository: Repository,
    *,
    visibility: str | Visibility | None = None,
    gating: str | Gating | None = None,
    protected_branches: Iterable[str] | None = None,
) -> Repository:
    """What is None, or as it was, stays. Raises InvalidInput; then nothing changed."""
    access.require(actor, repository, Need.ADMIN)
    if visibility is not None and visibility not in Visibility.values:
        raise InvalidInput(f"visibility must be public or private, not {visibility!r}.")
    if gating is not None and gating not in Gating.values:
        raise InvalidInput(f"gated must be auto, manual or false, not {gating!r}.")
    protection = repository.protected_branches
    if protected_branches is not None:
        protection = _checked_patterns(protected_branches)
    with transaction.atomic():
        if visibility is not None and visibility != repository.visibility:
            repository.visibility = Visibility(visibility)
            repository.save(update_fields=["visibility"])
            record("repository.settings", actor, repository, {"visibility": repository.visibility})
        if gating is not None and gating != repository.gating:
            repository.gating = Gating(gating)
            repository.save(update_fields=["gating"])
            record("repository.gated", actor, repository, {"gating": repository.gating or "open"})
        if protection != repository.protected_branches:
            repository.protected_branches = protection
            repository.save(update_fields=["protected_branches"])
            record("repository.protected", actor, repository, {"branches": ", ".join(protection) or "—"})
    return repository


def _checked_patterns(patterns: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(patterns))
    if len(found) > MAX_PROTECTED:
        raise InvalidInput(
            f"A repository has at most {MAX_PROTECTED} protected branches and patterns.",
            field="protected_branches",
        )
    for pattern in found:
        if not is_branch_pattern(pattern):
            raise InvalidInput(
                f"{pattern[:100]!r} is no pattern of branches: write a name, in which * stands for any text.",
                field="protected_branches",
            )
    return found


def set_disabled(repository: Repository, *, disabled: bool) -> None:
    """For the operator's command line. Its files, its API and git answer that access is disabled."""
    if repository.is_disabled == disabled:
        return
    with transaction.atomic():
        repository.is_disabled = disabled
        repository.save(update_fields=["is_disabled"])
        record("repository.disabled" if disabled else "repository.enabled", None, repository)
