"""Reads of people, organizations and tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from hub.accounts import tokens
from hub.accounts.actors import Actor
from hub.accounts.models import (
    AccessToken,
    Invitation,
    Membership,
    Namespace,
    NamespaceKind,
    Role,
    TokenKind,
    TokenScope,
    User,
)
from hub.core import clock
from hub.core.errors import InvalidCredentials, NotFound

# "Last used" is told to the minute; a write for every request would serialize all readers.
LAST_USED_STEP = timedelta(minutes=1)


class OrganizationRole(NamedTuple):
    organization: Namespace
    role: Role


def get_namespace(name: str) -> Namespace:
    """The user's or organization's namespace, without regard to case; NotFound."""
    # PostgreSQL refuses a NUL even in a question.
    namespace = None if "\0" in name else Namespace.objects.filter(key=name.lower()).first()
    if namespace is None:
        raise NotFound(f"There is no user or organization called {name}.")
    return namespace


def get_organization(name: str) -> Namespace:
    namespace = get_namespace(name)
    if not namespace.is_organization:
        raise NotFound(f"There is no organization called {name}.")
    return namespace


def get_user(name: str) -> User:
    user = User.objects.select_related("namespace").filter(namespace__key=name.lower()).first()
    if user is None:
        raise NotFound(f"There is no user called {name}.")
    return user


def organizations_of(user: User) -> list[OrganizationRole]:
    """Organizations the user is a member of, by name, each with the role there. One query."""
    rows = user.memberships.select_related("organization").order_by("organization__key")
    return [OrganizationRole(row.organization, Role(row.role)) for row in rows]


def operator_ids() -> list[int]:
    """Of the people who run this installation."""
    return list(User.objects.filter(is_staff=True, is_active=True).values_list("pk", flat=True))


def members_of(namespace: Namespace) -> QuerySet[Membership]:
    """Memberships with their users, by name."""
    return namespace.memberships.select_related("user__namespace").order_by(Lower("user__username"))


def pending_invitations(namespace: Namespace) -> QuerySet[Invitation]:
    """Neither accepted, revoked nor expired; newest first."""
    return (
        namespace.invitations.filter(accepted_at=None, revoked_at=None, expires_at__gt=clock.now())
        .select_related("invited_by")
        .order_by("-created_at")
    )


def open_invitation(secret: str) -> Invitation:
    """The invitation behind a link; NotFound once it was used, revoked or has expired."""
    invitation = (
        Invitation.objects.filter(
            secret_hash=tokens.hash_of(secret), accepted_at=None, revoked_at=None, expires_at__gt=clock.now()
        )
        .select_related("organization", "invited_by")
        .first()
    )
    if invitation is None:
        raise NotFound("This invitation was used, withdrawn or has expired. Ask for a new one.")
    return invitation


def tokens_of(user: User) -> QuerySet[AccessToken]:
    """The person's own tokens, newest first; expired ones stay in view, revoked ones do not."""
    return user.access_tokens.filter(kind=TokenKind.PERSONAL, revoked_at=None).order_by("-created_at")


def actor_for_user(user: User) -> Actor:
    """The person with all of their rights, as through a session. One query."""
    return Actor(user=user, roles=_roles_of(user))


def reader_of(user_id: int | None) -> Actor:
    """What the person with this number may read, as through a token that only reads; nobody when there
    is no such person any more. Two queries."""
    if user_id is None:
        return Actor()
    user = User.objects.select_related("namespace").filter(pk=user_id, is_active=True).first()
    if user is None:
        return Actor()
    return Actor(user=user, token=AccessToken(user=user, scope=TokenScope.READ), roles=_roles_of(user))


def authenticate_token(secret: str) -> Actor:
    """The actor a token stands for, with its use noted; InvalidCredentials. Two queries, rarely three."""
    token = (
        AccessToken.objects.select_related("user__namespace")
        .filter(secret_hash=tokens.hash_of(secret), revoked_at=None)
        # A worker's token is nobody's right to read or write anything.
        .exclude(kind=TokenKind.WORKER)
        .first()
    )
    now = clock.now()
    if token is None or not token.user.is_active or (token.expires_at and token.expires_at <= now):
        raise InvalidCredentials
    if token.last_used_at is None or now - token.last_used_at >= LAST_USED_STEP:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return Actor(user=token.user, token=token, roles=_roles_of(token.user))


def find_worker_token(secret: str) -> AccessToken | None:
    """A living token of kind `worker`, with its use noted."""
    token = (
        AccessToken.objects.select_related("user")
        .filter(secret_hash=tokens.hash_of(secret), kind=TokenKind.WORKER, revoked_at=None)
        .first()
    )
    now = clock.now()
    if token is None or not token.user.is_active or (token.expires_at and token.expires_at <= now):
        return None
    if token.last_used_at is None or now - token.last_used_at >= LAST_USED_STEP:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def get_token(id_or_secret: str) -> AccessToken:
    """For the operator: by number or by secret; NotFound."""
    wanted = (
        Q(pk=int(id_or_secret))
        if id_or_secret.isascii() and id_or_secret.isdigit()
        else Q(secret_hash=tokens.hash_of(id_or_secret))
    )
    token = AccessToken.objects.select_related("user").filter(wanted).first()
    if token is None:
        raise NotFound("There is no such token.")
    return token


def all_users() -> QuerySet[User]:
    return User.objects.select_related("namespace").order_by("namespace__key")


def all_organizations() -> QuerySet[Namespace]:
    """With their members at hand."""
    return (
        Namespace.objects.filter(kind=NamespaceKind.ORGANIZATION)
        .prefetch_related("memberships__user")
        .order_by("key")
    )


def all_tokens() -> QuerySet[AccessToken]:
    """Live ones."""
    return (
        AccessToken.objects.select_related("user")
        .filter(Q(expires_at=None) | Q(expires_at__gt=clock.now()), revoked_at=None)
        .order_by("pk")
    )


def _roles_of(user: User) -> dict[int, Role]:
    roles = {pk: Role(role) for pk, role in user.memberships.values_list("organization_id", "role")}
    return {**roles, user.namespace_id: Role.ADMIN}


def search_namespaces(text: str, limit: int) -> list[Namespace]:
    """Users and organizations whose name or full name holds the text, organizations first."""
    wanted = Q(key__contains=text.lower()) | Q(full_name__icontains=text)
    return list(Namespace.objects.filter(wanted).order_by("kind", "key")[:limit])
