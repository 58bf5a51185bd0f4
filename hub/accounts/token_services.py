"""Writes of access tokens. Other rooms reach them through `accounts.services`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from hub.accounts import tokens
from hub.accounts.actors import Actor
from hub.accounts.models import AccessToken, TokenKind, TokenScope, User
from hub.activity.services import Thing, record
from hub.core import clock
from hub.core.errors import InvalidInput, PermissionRefused


class IssuedToken(NamedTuple):
    """`secret` is shown once; only its hash is kept."""

    token: AccessToken
    secret: str


def create_token(
    user: User,
    name: str,
    scope: TokenScope | str,
    *,
    grants: Sequence[Any] = (),
    expires_at: datetime | None = None,
    kind: TokenKind = TokenKind.PERSONAL,
    job_id: UUID | None = None,
) -> IssuedToken:
    """Make a token that acts for the user. InvalidInput names the field.

    Tokens of jobs are always fine-grained and always end; those of workers open only the workers'
    API. Grants narrow what the user may, but for what the hub lends to a job; they are checked for form,
    not for existence.
    """
    wanted = _scope(scope)
    checked = tokens.check_grants(grants, may_lend=kind == TokenKind.JOB)
    _check_shape(name, wanted, checked, expires_at, needs_grants=kind != TokenKind.WORKER)
    if kind == TokenKind.JOB and (wanted != TokenScope.FINE_GRAINED or expires_at is None or job_id is None):
        raise InvalidInput(_("A job's token is fine-grained, names its job and expires."), field="kind")
    secret = tokens.new_secret()
    with transaction.atomic(savepoint=False):
        token = AccessToken.objects.create(
            user=user,
            name=name.strip(),
            kind=kind,
            scope=wanted,
            grants=checked,
            secret_hash=tokens.hash_of(secret),
            hint=secret[-4:],
            job_id=job_id,
            expires_at=expires_at,
        )
        _record("token.created", Actor(user=user), token)
    return IssuedToken(token, secret)


def revoke_token(actor: Actor | None, token: AccessToken) -> None:
    """End a token now, for good. Its owner may, in a session; so may the operator (None: command line)."""
    if actor is not None and not actor.is_operator and (actor.token or actor.user != token.user):
        raise PermissionRefused(_("Only its owner, signed in, may revoke a token."))
    with transaction.atomic():
        if AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.now()):
            _record("token.revoked", actor, token)


def revoke_job_tokens(job_id: UUID) -> None:
    """End what a job's engine holds; called by each end of a job, harmless when repeated."""
    AccessToken.objects.filter(job_id=job_id, revoked_at=None).update(revoked_at=clock.now())


def _check_shape(
    name: str,
    scope: TokenScope,
    grants: Sequence[tokens.Grant],
    expires_at: datetime | None,
    *,
    needs_grants: bool,
) -> None:
    if not 1 <= len(name.strip()) <= 100:
        raise InvalidInput(_("A token's name has 1 to 100 characters."), field="name")
    if expires_at is not None and expires_at <= clock.now():
        raise InvalidInput(_("The token would have expired already."), field="expires_at")
    if grants and scope != TokenScope.FINE_GRAINED:
        raise InvalidInput(_("Only fine-grained tokens carry grants."), field="grants")
    if needs_grants and not grants and scope == TokenScope.FINE_GRAINED:
        raise InvalidInput(_("A fine-grained token needs at least one grant."), field="grants")


def _scope(scope: TokenScope | str) -> TokenScope:
    try:
        return TokenScope(scope)
    except ValueError:
        raise InvalidInput(
            _("“%(scope)s” is not a scope: read, write, fineGrained.") % {"scope": scope}, field="scope"
        ) from None


def _record(verb: str, actor: Actor | None, token: AccessToken) -> None:
    # Each job makes and ends a token of its own; its page tells that better than the audit trail.
    if token.kind != TokenKind.JOB:
        record(
            verb,
            actor=actor,
            thing=Thing("token", str(token.pk), token.name, "/settings/tokens"),
            namespace_id=token.user.namespace_id,
            data={"scope": token.scope, "hint": token.hint},
        )
