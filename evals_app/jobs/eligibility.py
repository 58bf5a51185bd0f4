"""Which jobs may run on which machine, and what a worker may touch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db.models import Q

from evals_app.compute import holding, requirements, shares
from evals_app.compute import selectors as compute
from evals_app.compute.models import Queue, TrustedLender, Worker, WorkerPass
from evals_app.compute.requirements import Needs
from evals_app.jobs import containers, turns
from evals_app.jobs.models import Job, JobState
from hub.core.errors import NotFound


def open_to(worker: Worker) -> Q:
    """Which jobs may run on a worker: containers only where a runtime is."""
    return _not_private_there(worker) & containers.open_to(worker)


def _not_private_there(worker: Worker) -> Q:
    """On a lent machine: jobs of its own organization, and unless that keeps it for itself public ones, and
    private ones of owners who trust it, or of all where the operator does. Costs a query for a worker with
    a token."""
    if worker.worker_pass_id is None:
        return Q()
    worker_pass = WorkerPass.objects.get(pk=worker.worker_pass_id)
    if worker_pass.is_own:
        return Q()
    own = Q(owner_id=worker_pass.lender_id)
    if worker_pass.is_for_own:
        return own
    if worker_pass.is_trusted:
        return Q()
    trusting = TrustedLender.objects.filter(lender_id=worker_pass.lender_id).values("owner_id")
    return own | Q(is_private=False) | Q(owner_id__in=trusting)


def allows(worker_pass: WorkerPass | None, job: Job, trust: Collection[tuple[int, int]]) -> bool:
    """The same of one job that is at hand; `trust` holds pairs of an owner and a lender."""
    if worker_pass is None or worker_pass.lender_id is None or worker_pass.lender_id == job.owner_id:
        return True
    if worker_pass.is_for_own:
        return False
    return worker_pass.is_trusted or not job.is_private or (job.owner_id, worker_pass.lender_id) in trust


def trust_in(worker_passes: Iterable[WorkerPass | None]) -> set[tuple[int, int]]:
    """Pairs of an owner and a lender. No query without a lent machine."""
    lenders = {found.lender_id for found in worker_passes if found is not None and found.lender_id}
    if not lenders:
        return set()
    return set(TrustedLender.objects.filter(lender_id__in=lenders).values_list("owner_id", "lender_id"))


def may_run(worker: Worker, job: Job, queue: Queue, trust: Collection[tuple[int, int]]) -> bool:
    """Whether a machine could run the job once nothing else runs there."""
    needs = Needs(job.needs_devices, job.needs_memory_bytes)
    return (
        allows(worker.worker_pass, job, trust)
        and containers.has_place(job, [worker])
        and (worker.is_own or not job.is_held_out)
        and requirements.could_ever(queue, [worker.devices], needs)
    )


def is_holder(worker: Worker, queue: Queue, job: Job) -> bool:
    """Whether this machine, of all that could run the job, holds back for it what is free."""
    workers = compute.serving_workers(queue.slug)
    trust = trust_in(each.worker_pass for each in workers)
    able = [each for each in workers if may_run(each, job, queue, trust)]
    return holder_among(able, shares.free_slots(able, turns.running_now())) == worker.pk


def holder_among(able: Iterable[Worker], free_slots: Mapping[UUID, int]) -> UUID | None:
    """A worker without slots runs one job at a time, and never holds anything back."""
    return holding.holder((worker.pk, free_slots[worker.pk]) for worker in able if worker.slots)


def require_held(worker: Worker, job_id: UUID) -> None:
    """NotFound for a job that this worker does not hold, whatever lease it names."""
    if not Job.objects.filter(pk=job_id, worker=worker, state=JobState.RUNNING).exists():
        raise NotFound("This worker does not hold such a job.")
