"""Who may see and change schedules. Pure."""

from __future__ import annotations

from evals_app.jobs import policies as jobs
from evals_app.schedules.models import Schedule
from hub.accounts.actors import Actor, Reach
from hub.accounts.models import Role


def may_see(actor: Actor, schedule: Schedule) -> bool:
    """Members only: the request names what an organization works on."""
    if actor.is_operator:
        return True
    owner = schedule.owner
    return actor.has_role(owner.pk, Role.READ) and actor.reach_on_namespace(owner.name) >= Reach.READ


def may_manage(actor: Actor, schedule: Schedule) -> bool:
    return actor.is_operator or jobs.may_submit_for(actor, schedule.owner)
