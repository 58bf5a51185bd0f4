"""Which jobs may run on which machine, and what a worker may touch."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from evals_app.compute.models import Worker, WorkerPass
from evals_app.jobs import containers
from evals_app.jobs.models import Job, JobState
from hub.core.errors import NotFound


def open_to(worker: Worker) -> Q:
    """Which jobs may run on a worker: containers only where a runtime is."""
    return _not_private_there(worker) & containers.open_to(worker)


def _not_private_there(worker: Worker) -> Q:
    """On a lent machine: those of its own organization, and public ones;
    private ones of others only where the operator trusts it. Costs a query for a worker with a token."""
    if worker.worker_pass_id is None:
        return Q()
    worker_pass = WorkerPass.objects.get(pk=worker.worker_pass_id)
    if worker_pass.is_own or worker_pass.is_trusted:
        return Q()
    return Q(is_private=False) | Q(owner_id=worker_pass.lender_id)


def require_held(worker: Worker, job_id: UUID) -> None:
    """NotFound for a job that this worker does not hold, whatever lease it names."""
    if not Job.objects.filter(pk=job_id, worker=worker, state=JobState.RUNNING).exists():
        raise NotFound("This worker does not hold such a job.")
