"""How a supervisor reaches the hub. It knows only `Coordinator`, so that a worker without a database
needs nothing but another implementation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from evals_app.jobs.exchange import EngineEvent, Lease, Outcome, Verdict

# Events of an attempt are numbered from 1, so that a hub which heard some of them already can tell.
Numbered = tuple[int, EngineEvent]


class HubUnreachable(Exception):
    """For now; the caller keeps what it wanted to say and tries again until its lease is over."""


class Coordinator(Protocol):
    def heartbeat(self, lease: Lease, events: Sequence[Numbered]) -> Verdict:
        """HubUnreachable when it is not known whether the events were taken; they may come again."""
        ...

    def finish(self, lease: Lease, outcome: Outcome) -> bool:
        """False when the lease was lost. HubUnreachable when it is not known whether it was recorded."""
        ...
