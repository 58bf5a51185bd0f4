"""What the end of an attempt changes in turns and budgets."""

from __future__ import annotations

from evals_app.compute import budgets, shares
from evals_app.jobs.models import Job, JobState
from hub.core.clock import now


def note_end(job: Job, seconds: float, *, is_typical: bool) -> None:
    """Expects the transaction in which the job has left its device, so that an attempt counts once.

    A turn is moved by every attempt, since each held a slot; a budget is charged only with the attempt
    that succeeded. So failing jobs cost nothing, and still cannot crowd out the others.
    """
    shares.note_end(
        job.queue,
        job.owner_id,
        charge=job.turn_charge,
        seconds=seconds,
        devices=job.needs_devices,
        is_typical=is_typical,
    )
    is_charged = job.state == JobState.SUCCEEDED
    budgets.record_time(
        now().date(),
        owner_id=job.owner_id,
        member_id=job.submitted_by_id,
        lender_id=_lender_of(job),
        device_class=job.queue.device_class,
        kind=job.kind,
        is_charged=is_charged,
        seconds=seconds * job.needs_devices,
    )
    if is_charged:
        budgets.warn_if_soft_limit_reached(job.owner_id, job.queue.device_class)


def _lender_of(job: Job) -> int | None:
    """Who lends the machine; None for one of the installation's own."""
    worker_pass = job.worker.worker_pass if job.worker is not None else None
    return worker_pass.lender_id if worker_pass is not None else None
