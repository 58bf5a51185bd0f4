"""Who may see and change a board."""

from __future__ import annotations

from django.db.models import Q

from evals_app.leaderboards.models import BoardVisibility, Leaderboard
from hub.accounts.actors import Actor, Reach
from hub.accounts.models import Namespace, Role, TokenScope


def seen_by(actor: Actor) -> Q:
    """Boards of one organization are for its members; a fine-grained token names repositories, no boards."""
    if actor.is_operator:
        return Q()
    public = Q(visibility=BoardVisibility.PUBLIC)
    if actor.token is not None and actor.token.scope == TokenScope.FINE_GRAINED:
        return public
    return public | Q(owner_id__in=list(actor.roles))


def may_make_for(actor: Actor, owner: Namespace) -> bool:
    return actor.has_role(owner.pk, Role.WRITE) and actor.reach_on_namespace(owner.name) >= Reach.WRITE


def may_change(actor: Actor, board: Leaderboard) -> bool:
    """What the hub keeps by itself nobody changes."""
    return board.benchmark_id is None and (actor.is_operator or may_make_for(actor, board.owner))
