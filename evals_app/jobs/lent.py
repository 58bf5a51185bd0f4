"""What people want of workers, and the end of a worker token and of what its workers hold."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from evals_app.compute import audit, lending
from evals_app.compute import services as compute
from evals_app.compute.models import Worker, WorkerPass, WorkerWish
from evals_app.jobs import services
from evals_app.jobs.exchange import Ending, Outcome
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job, JobState
from hub.accounts import services as tokens
from hub.accounts.actors import Actor
from hub.core.errors import InvalidInput, NotFound

TAKEN_BACK = "The token of the worker that held the job was revoked."


def set_wish(actor: Actor | None, worker: Worker, wish: str) -> None:
    """Run, pause or drain a worker (None: command line). InvalidInput for anything else."""
    if wish not in WorkerWish.values:
        raise InvalidInput(_("A worker can run, pause or drain."), field="wish")
    if actor is not None:
        lending.require_manager(actor, worker)
    compute.set_wish(worker, WorkerWish(wish), actor=actor)
    if wish == WorkerWish.RUN:
        services.wake_idle_workers()


@transaction.atomic
def revoke(actor: Actor | None, worker_pass: WorkerPass) -> None:
    """End a worker token (None: command line). What its workers hold goes back to the queues at once."""
    if actor is not None and not actor.is_operator:
        if worker_pass.lender is None:
            raise NotFound("There is no such worker token.")
        lending.require_lender(actor, worker_pass.lender)
    tokens.revoke_token(None, worker_pass.token)
    audit.note_pass("worker-token.revoked", actor, worker_pass)
    held = Job.objects.filter(worker__worker_pass=worker_pass, state=JobState.RUNNING)
    lost = Outcome(Ending.FAILED, failure=Failure(FailureCode.LOST_WORKER, TAKEN_BACK))
    for job_id, lease in held.values_list("pk", "lease"):
        services.finish(job_id, lease, lost)
