"""Who sends a request: a session, a bearer token, or Basic with the token as password."""

from __future__ import annotations

import base64
import binascii

from django.http import HttpRequest

from hub.accounts import selectors
from hub.accounts.actors import ANONYMOUS, Actor
from hub.accounts.models import User
from hub.core.errors import InvalidCredentials

SCHEMES = ("bearer", "basic")


def actor_of(request: HttpRequest) -> Actor:
    """The actor; at most three queries on the first call of a request, none later.

    A token wins over a session. InvalidCredentials when the token is not good: who sends one
    wants its rights, and a silent fall to nobody would look like a missing repository.
    """
    known: Actor | None = getattr(request, "resolved_actor", None)
    if known is None:
        known = _resolve(request)
        request.resolved_actor = known  # type: ignore[attr-defined]
    return known


def scheme_of(request: HttpRequest) -> str:
    """`bearer`, `basic`, or nothing for a request without a token."""
    scheme = request.headers.get("Authorization", "").partition(" ")[0].lower()
    return scheme if scheme in SCHEMES else ""


def _resolve(request: HttpRequest) -> Actor:
    scheme = scheme_of(request)
    if scheme:
        return selectors.authenticate_token(_secret_in(request, scheme))
    user = getattr(request, "user", None)
    # The session's user is a lazy wrapper; its class tells the two kinds apart.
    return selectors.actor_for_user(user) if isinstance(user, User) else ANONYMOUS


def _secret_in(request: HttpRequest, scheme: str) -> str:
    value = request.headers["Authorization"].partition(" ")[2].strip()
    if scheme == "bearer":
        return value
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidCredentials from None
