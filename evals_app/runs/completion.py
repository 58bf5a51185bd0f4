"""What the end of a job sets in motion, each kind its own."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from evals_app.jobs import selectors
from evals_app.jobs import services as jobs
from evals_app.jobs.exchange import Ending, Outcome
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.jobs.models import Job, JobKind
from evals_app.runs import services as runs
from hub.accounts import selectors as accounts
from hub.core.enqueue import enqueue_after_commit
from hub.core.errors import HubError, InvalidInput
from models_app.mirrors import services as mirrors
from models_app.repositories import access

REFRESH_FOR_RUN = "evals_app.leaderboards.refresh_for_run"


def complete(job_id: UUID, lease: str, outcome: Outcome) -> bool:
    """Finish the job and record what it made, in one transaction. False when the lease was lost.

    A result that cannot be recorded ends the job as failed, and says why.
    """
    if outcome.ending != Ending.SUCCEEDED:
        return jobs.finish(job_id, lease, outcome)
    try:
        with transaction.atomic():
            return _succeed(job_id, lease, outcome)
    except HubError as error:
        failure = Failure(FailureCode.RESULT_INVALID, error.message)
        return jobs.finish(
            job_id, lease, Outcome(Ending.FAILED, failure=failure, exit_code=outcome.exit_code)
        )


def _succeed(job_id: UUID, lease: str, outcome: Outcome) -> bool:
    if not jobs.finish(job_id, lease, outcome):
        return False
    job = selectors.all_jobs().get(pk=job_id)
    RECORDERS[JobKind(job.kind)](job)
    return True


def _record_runs(job: Job) -> None:
    for run in runs.record(job, job.result):
        enqueue_after_commit(REFRESH_FOR_RUN, str(run.pk))


def _record_origin(job: Job) -> None:
    result, spec = job.result, job.spec
    if not isinstance(result.get("commit"), str) or not isinstance(result.get("source_commit"), str):
        raise InvalidInput("The engine did not say which commits it pulled from and wrote.")
    actor = accounts.actor_for_user(job.submitted_by)
    mirrors.record_origin(
        access.get_repository_for(actor, spec["source_type"], spec["output"]),
        endpoint=spec["upstream"],
        source_id=spec["source"],
        revision=spec["source_revision"],
        source_commit=result["source_commit"],
        commit=result["commit"],
        job_id=job.pk,
    )


def _check_output(job: Job) -> None:
    """Lineage already stands in the card that the engine pushed."""
    if not isinstance(job.result.get("commit"), str):
        raise InvalidInput("The engine did not say which commit holds the model.")


def _nothing(_job: Job) -> None:
    """What a command made is its own affair."""


RECORDERS: dict[JobKind, Callable[[Job], None]] = {
    JobKind.EVALUATE: _record_runs,
    JobKind.FINE_TUNE: _check_output,
    JobKind.PULL: _record_origin,
    JobKind.CONTAINER: _nothing,
}
