"""Who may see and change what of the compute pool. Pure."""

from __future__ import annotations

from hub.accounts.actors import Actor, Reach
from hub.accounts.models import Namespace, Role
from hub.core.errors import PermissionRefused, Unauthenticated


def require_operator(actor: Actor) -> None:
    if not actor.is_authenticated:
        raise Unauthenticated
    if not actor.is_operator:
        raise PermissionRefused("Only the operator of this hub, signed in by a browser, may do this.")


def may_see_budget(actor: Actor, owner: Namespace) -> bool:
    if actor.is_operator:
        return True
    return actor.has_role(owner.pk, Role.READ) and actor.reach_on_namespace(owner.name) >= Reach.READ
