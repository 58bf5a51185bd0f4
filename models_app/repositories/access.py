"""The one door to a repository. What an actor may not see does not exist for them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from hub.accounts.actors import Actor
from hub.accounts.models import Role, TokenKind, TokenScope
from hub.core.errors import GatedRepository, PermissionRefused, RepositoryMoved, RepositoryNotFound
from models_app.repositories.models import (
    AccessRequest,
    AccessStatus,
    Gating,
    Repository,
    RepositoryRedirect,
    RepositoryType,
    Visibility,
)
from models_app.repositories.names import split_full_id
from models_app.repositories.policies import REACH_FOR, Need, allows

__all__ = [
    "Need",
    "can",
    "content_readable_by",
    "get_repository_for",
    "get_repository_named",
    "get_repository_numbered",
    "may_create_in",
    "readable_by_id",
    "require",
    "visible_to",
]

# Clients know the state by exactly this sentence.
DISABLED = "Access to this resource is disabled."
GRANTS_THAT_READ = {"read", "discuss", "write", "admin"}


def get_repository_for(
    actor: Actor, type_: str | RepositoryType, full_id: str, need: Need = Need.READ
) -> Repository:
    """The repository, its namespace selected along. One query when it exists.

    Raises RepositoryNotFound when it is missing or invisible, RepositoryMoved for an old name,
    PermissionRefused when it is visible but `need` is not granted, or when it is disabled;
    GatedRepository when its files are for people who were let in.
    """
    parts = split_full_id(full_id)
    if parts is None:
        raise RepositoryNotFound
    rows = Repository.objects.select_related("namespace")
    repository = rows.filter(
        type=str(type_), namespace__key=parts[0].lower(), key=parts[1].lower()
    ).first() or _moved(actor, str(type_), full_id)
    _check(actor, repository, need)
    return repository


def get_repository_named(type_: str | RepositoryType, full_id: str) -> Repository:
    """For the operator's command line and the hub's own chores, which may do everything.

    Raises RepositoryNotFound.
    """
    namespace, name = split_full_id(full_id) or ("", "")
    rows = Repository.objects.select_related("namespace")
    found = rows.filter(type=str(type_), namespace__key=namespace.lower(), key=name.lower()).first()
    if found is None:
        raise RepositoryNotFound
    return found


def get_repository_numbered(repository_id: int) -> Repository:
    """The same for chores that follow an event. Raises RepositoryNotFound when it is gone."""
    found = Repository.objects.select_related("namespace").filter(pk=repository_id).first()
    if found is None:
        raise RepositoryNotFound
    return found


def readable_by_id(actor: Actor, repository_id: int, need: Need = Need.READ) -> Repository:
    """The same door for rows that refer to a repository by its number."""
    repository = Repository.objects.select_related("namespace").filter(pk=repository_id).first()
    if repository is None:
        raise RepositoryNotFound
    _check(actor, repository, need)
    return repository


def can(actor: Actor, repository: Repository, need: Need) -> bool:
    """Costs no query when the repository's namespace is loaded, but for the content of a gated one."""
    if actor.is_operator:
        return True
    if need <= Need.WRITE and actor.lent_on(repository.type, repository.full_id) >= REACH_FOR[need]:
        return True
    if need is Need.CONTENT and not _is_let_in(actor, repository):
        return False
    is_public = not repository.is_private
    reach = actor.reach_on_repository(repository.type, repository.full_id, is_public=is_public)
    return reach >= REACH_FOR[need] and allows(
        need,
        role=actor.role_in(repository.namespace_id),
        is_public=is_public,
        is_signed_in=actor.is_authenticated,
        is_creator=actor.user is not None and actor.user.pk == repository.created_by_id,
    )


def _is_let_in(actor: Actor, repository: Repository) -> bool:
    """Members pass the gate of what is theirs. One query for everybody else at a gated repository."""
    if repository.gating == Gating.OPEN:
        return True
    if actor.user is None or not actor.is_granted_reading(repository.type, repository.full_id):
        return False
    if actor.role_in(repository.namespace_id) is not None:
        return True
    return AccessRequest.objects.filter(
        repository=repository, user=actor.user, status=AccessStatus.ACCEPTED
    ).exists()


def content_readable_by(actor: Actor) -> QuerySet[Repository]:
    """Everything whose files the actor may read; the same rule as `can(…, Need.CONTENT)` as a query."""
    rows = visible_to(actor)
    if actor.is_operator:
        return rows
    rows = rows.filter(is_disabled=False)
    if actor.user is None:
        return rows.filter(gating=Gating.OPEN)
    accepted = AccessRequest.objects.filter(user=actor.user, status=AccessStatus.ACCEPTED)
    let_in = Q(namespace_id__in=list(actor.roles)) | Q(pk__in=accepted.values("repository_id"))
    if _is_fine_grained(actor) and not _reads_what_is_public(actor):
        let_in &= _within_grants(actor)
    if _is_of_job(actor):
        let_in |= _within_grants(actor, "lent")
    return rows.filter(Q(gating=Gating.OPEN) | let_in)


def _reads_what_is_public(actor: Actor) -> bool:
    assert actor.token is not None
    return any(
        grant["on"] == "public" and GRANTS_THAT_READ & set(grant["may"]) for grant in actor.token.grants
    )


def visible_to(actor: Actor) -> QuerySet[Repository]:
    """Everything the actor may read, for lists; the same rule as `can(…, Need.READ)` as a query."""
    rows = Repository.objects.select_related("namespace")
    if actor.is_operator:
        return rows
    seen = Q(visibility=Visibility.PUBLIC)
    if actor.roles:
        own = Q(namespace_id__in=list(actor.roles))
        seen |= own & _within_grants(actor) if _is_fine_grained(actor) else own
    if _is_of_job(actor):
        seen |= _within_grants(actor, "lent")
    return rows.filter(seen)


def _is_fine_grained(actor: Actor) -> bool:
    return actor.token is not None and actor.token.scope == TokenScope.FINE_GRAINED


def _is_of_job(actor: Actor) -> bool:
    return actor.token is not None and actor.token.kind == TokenKind.JOB


def _within_grants(actor: Actor, named: str = "repository") -> Q:
    """Private repositories that a fine-grained token names, itself or by their namespace; with `lent` those
    that the hub lends to a job."""
    assert actor.token is not None
    reached = Q(pk__in=[])
    for grant in actor.token.grants:
        if not GRANTS_THAT_READ & set(grant["may"]):
            continue
        kind, _, place = grant["on"].lower().partition(":")
        if kind == "namespace" and named == "repository":
            reached |= Q(namespace__key=place)
        elif kind == named:
            type_, _, full_id = place.partition(":")
            namespace, _, name = full_id.partition("/")
            reached |= Q(type=type_, namespace__key=namespace, key=name)
    return reached


def _moved(actor: Actor, type_: str, full_id: str) -> Repository:
    redirect = (
        RepositoryRedirect.objects.select_related("repository__namespace")
        .filter(type=type_, full_key=full_id.lower())
        .first()
    )
    if redirect is None or not can(actor, redirect.repository, Need.READ):
        raise RepositoryNotFound
    raise RepositoryMoved(full_id, redirect.repository.full_id)


def _check(actor: Actor, repository: Repository, need: Need) -> None:
    require(actor, repository, Need.READ)
    if repository.is_disabled and not actor.is_operator:
        raise PermissionRefused(DISABLED)
    require(actor, repository, need)


def require(actor: Actor, repository: Repository, need: Need) -> None:
    """For services: raises RepositoryNotFound or PermissionRefused. No query, but see `can`."""
    if not can(actor, repository, Need.READ):
        raise RepositoryNotFound
    if not can(actor, repository, need):
        if need is Need.CONTENT:
            raise GatedRepository(repository.type, repository.full_id)
        raise PermissionRefused(f"You do not have the right to change {repository.full_id}.")


def may_create_in(actor: Actor, namespace_id: int, type_: str, full_id: str) -> bool:
    """Creating needs the write role, and a token that reaches the namespace or exactly this name."""
    if actor.is_operator:
        return True
    reach = actor.reach_on_repository(type_, full_id, is_public=False)
    return actor.has_role(namespace_id, Role.WRITE) and reach >= REACH_FOR[Need.WRITE]
