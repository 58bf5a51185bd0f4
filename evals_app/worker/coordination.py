"""How a supervisor reaches the hub. The supervisor knows only `Coordinator`, so that a worker
without a database needs nothing but another implementation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from evals_app.compute.models import Worker
from evals_app.jobs import services as jobs
from evals_app.jobs.exchange import EngineEvent, Lease, Outcome, Verdict
from evals_app.worker import completion


class HubUnreachable(Exception):
    """For now; the caller keeps what it wanted to say and tries again until its lease is over."""


class Coordinator(Protocol):
    def lease_next(self) -> Lease | None: ...

    def heartbeat(self, lease: Lease, events: Sequence[EngineEvent]) -> Verdict:
        """HubUnreachable when the events were not taken."""
        ...

    def finish(self, lease: Lease, outcome: Outcome) -> bool:
        """False when the lease was lost. HubUnreachable when nothing was recorded."""
        ...


class DatabaseCoordinator:
    """For workers of the installation itself, which reach its database."""

    def __init__(self, worker: Worker, queue_slugs: Iterable[str]) -> None:
        self.worker = worker
        self.queue_slugs = tuple(queue_slugs)

    def lease_next(self) -> Lease | None:
        return jobs.lease_next(self.worker, self.queue_slugs)

    def heartbeat(self, lease: Lease, events: Sequence[EngineEvent]) -> Verdict:
        try:
            return jobs.heartbeat(lease.job_id, lease.lease, events=events)
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
