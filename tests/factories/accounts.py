"""People, organizations and tokens for tests, made through the services that the site uses."""

from __future__ import annotations

from typing import Any

from hub.accounts import selectors, services
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace, Role, TokenScope, User

PASSWORD = "correct horse battery"


def make_user(name: str = "alice", **options: Any) -> User:
    """A user who can sign in with `PASSWORD`."""
    options.setdefault("email", f"{name.lower()}@example.org")
    options.setdefault("password", PASSWORD)
    return services.create_user(name, **options)


def make_organization(
    name: str = "acme", *, admin: User | None = None, members: dict[User, Role] | None = None
) -> Namespace:
    """An organization; without an admin given, one called `<name>-admin` is made."""
    organization = services.create_organization(name, created_by=admin or make_user(f"{name}-admin"))
    for user, role in (members or {}).items():
        services.set_member(None, organization, user, role)
    return organization


def make_token(user: User, scope: TokenScope | str = TokenScope.WRITE, **options: Any) -> str:
    """The secret of a new token."""
    return services.create_token(user, options.pop("name", "test"), scope, **options).secret


def actor_for(user: User) -> Actor:
    """The user through a session."""
    return selectors.actor_for_user(user)


def token_actor(user: User, scope: TokenScope | str = TokenScope.WRITE, **options: Any) -> Actor:
    """The user through a new token."""
    return selectors.authenticate_token(make_token(user, scope, **options))
