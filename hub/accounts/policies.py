"""Who may change what about people and organizations. Pure: everything needed is in the actor."""

from __future__ import annotations

from hub.accounts.actors import Actor, Reach
from hub.accounts.models import Namespace, Role, TokenKind


def may_administer(actor: Actor, namespace: Namespace) -> bool:
    """Change members, invitations and settings. Tokens of jobs and workers never may."""
    if actor.is_operator:
        return True
    if actor.token is not None and actor.token.kind != TokenKind.PERSONAL:
        return False
    return (
        actor.has_role(namespace.pk, Role.ADMIN) and actor.reach_on_namespace(namespace.name) >= Reach.ADMIN
    )


def may_see_inside(actor: Actor, namespace: Namespace) -> bool:
    """Read what only members see: the dashboard, the audit trail."""
    if actor.is_operator:
        return True
    return actor.role_in(namespace.pk) is not None and actor.reach_on_namespace(namespace.name) >= Reach.READ


def may_manage_tokens(actor: Actor) -> bool:
    """Only a person who signed in: a token that made tokens would outlive its own revocation."""
    return actor.is_authenticated and actor.token is None
