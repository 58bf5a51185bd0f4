"""Who may doubt, answer and decide. Pure."""

from __future__ import annotations

from evals_app.runs.models import Run
from evals_app.trust.models import Dispute
from hub.accounts.actors import Actor, Reach
from hub.accounts.models import Role
from models_app.repositories import access


def may_doubt(actor: Actor, run: Run) -> bool:
    """Whoever is signed in; a token that only reads does not speak for its owner."""
    return actor.is_authenticated and actor.reach_on_namespace(run.owner.name) >= Reach.DISCUSS


def may_answer(actor: Actor, run: Run) -> bool:
    writes = actor.has_role(run.owner_id, Role.WRITE)
    return writes and actor.reach_on_namespace(run.owner.name) >= Reach.WRITE


def may_resolve(actor: Actor, run: Run) -> bool:
    """Who may write to the benchmark, and the operator. Costs no query when its repository is loaded."""
    return access.can(actor, run.benchmark_version.benchmark.repository, access.Need.WRITE)


def may_end(actor: Actor, dispute: Dispute, act: str) -> bool:
    return may_withdraw(actor, dispute) if act == "withdraw" else may_resolve(actor, dispute.run)


def may_withdraw(actor: Actor, dispute: Dispute) -> bool:
    return actor.user is not None and dispute.opened_by_id == actor.user.pk and may_doubt(actor, dispute.run)
