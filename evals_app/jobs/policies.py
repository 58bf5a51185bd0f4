"""Who may see, submit and end jobs. Pure: everything needed is in the actor and the row."""

from __future__ import annotations

from evals_app.jobs.models import Job
from hub.accounts.actors import Actor, Reach
from hub.accounts.models import Namespace, Role


def may_submit_for(actor: Actor, owner: Namespace) -> bool:
    """A writing member of the organization, or the person themself, and a token that allows jobs."""
    return actor.has_role(owner.pk, Role.WRITE) and actor.may_submit_jobs_for(owner.name)


def may_see(actor: Actor, job: Job) -> bool:
    if not job.is_private or actor.is_operator:
        return True
    return actor.has_role(job.owner_id, Role.READ) and actor.reach_on_namespace(job.owner.name) >= Reach.READ


def may_manage(actor: Actor, job: Job) -> bool:
    """Cancel: whoever may submit for the owner, and the operator."""
    return actor.is_operator or may_submit_for(actor, job.owner)
