"""Tokens for the content store: short-lived, bound to one repository."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from django.conf import settings

from hub.core import signing

TOKEN_LIFE_SECONDS = 1800
PURPOSE = "xet.token"


def cas_path() -> str:
    """Clients remember for three weeks which xorbs they sent, for each address: another generation in
    it makes them send everything again."""
    return f"/cas/g{settings.XET_GENERATION}"


class Scope(IntEnum):
    READ = 1
    WRITE = 2


@dataclass(frozen=True, slots=True)
class XetAccess:
    """What a token says; checked when it was made, and good for half an hour."""

    repository_id: int
    scope: Scope
    user_id: int | None
    # A fine-grained token opens only what it names, so this one speaks for no other repository.
    only_this: bool = False


def sign_access(access: XetAccess, ref: str) -> tuple[str, int]:
    """The token, and when it ends (Unix seconds)."""
    payload = {
        "repository": access.repository_id,
        "scope": int(access.scope),
        "user": access.user_id,
        "only": access.only_this,
        "ref": ref,
    }
    token = signing.sign(payload, purpose=PURPOSE, lifetime=TOKEN_LIFE_SECONDS)
    return token, int(signing.unsign(token, purpose=PURPOSE)["exp"])


def read_access(token: str) -> XetAccess:
    """What a token says. Raises SignatureRefused."""
    payload = signing.unsign(token, purpose=PURPOSE)
    return XetAccess(payload["repository"], Scope(payload["scope"]), payload["user"], payload["only"])
