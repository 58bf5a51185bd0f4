"""Who may see and change collections. Pure: everything needed is in the actor."""

from __future__ import annotations

from hub.accounts.actors import Actor, Reach
from hub.accounts.models import Namespace, Role
from models_app.collections.models import Collection


def may_see(actor: Actor, collection: Collection) -> bool:
    return not collection.is_private or may_see_private(actor, collection.namespace)


def may_see_private(actor: Actor, namespace: Namespace) -> bool:
    if actor.is_operator:
        return True
    return actor.has_role(namespace.pk, Role.READ) and actor.reach_on_namespace(namespace.name) >= Reach.READ


def may_change(actor: Actor, namespace: Namespace) -> bool:
    """Make collections there, and change those that there are."""
    if actor.is_operator:
        return True
    return (
        actor.has_role(namespace.pk, Role.WRITE) and actor.reach_on_namespace(namespace.name) >= Reach.WRITE
    )
