"""How a supervisor of the installation itself reaches the hub: by its database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from evals_app.compute import selectors as compute
from evals_app.compute.models import Worker
from evals_app.jobs import services as jobs
from evals_app.jobs.exchange import Lease, Outcome, Verdict
from evals_app.runs import completion
from evals_app.supervision.coordination import HubUnreachable, Numbered


class DatabaseCoordinator:
    def __init__(self, worker: Worker, queue_slugs: Iterable[str]) -> None:
        self.worker = worker
        self.queue_slugs = tuple(queue_slugs)

    def lease_next(self) -> Lease | None:
        """None while people want the worker to pause, too."""
        if not compute.takes_work(self.worker):
            return None
        return jobs.lease_next(self.worker, self.queue_slugs)

    def heartbeat(self, lease: Lease, events: Sequence[Numbered]) -> Verdict:
        numbers, heard = [number for number, _ in events], [event for _, event in events]
        try:
            return jobs.heartbeat(lease.job_id, lease.lease, events=heard, numbers=numbers)
        except (OperationalError, InterfaceError) as error:
            raise _unreachable(error) from error

    def finish(self, lease: Lease, outcome: Outcome) -> bool:
        try:
            return completion.complete(lease.job_id, lease.lease, outcome)
        except (OperationalError, InterfaceError) as error:
            raise _unreachable(error) from error


def _unreachable(error: DatabaseError | InterfaceError) -> HubUnreachable:
    # A broken connection stays broken; the next call opens a new one.
    connection.close()
    return HubUnreachable(str(error))
