"""One attempt of a job, a process of its own, so that the kernel ends the engine with it.

Its parent starts it and writes what it needs to its standard input; it ends when its parent does.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from evals_app.jobs import wire
from evals_app.jobs.exchange import Outcome
from evals_app.supervision.conditions import NO_WALLS, Conditions
from evals_app.supervision.hub_connection import HttpCoordinator, HubConnection
from evals_app.supervision.supervisor import supervise
from walls import building, kernel
from walls.containers import Runtime

log = logging.getLogger(__name__)


class Stopping:
    """Whether this process was asked to give its job back."""

    def __init__(self) -> None:
        self._asked = False

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def is_asked(self) -> bool:
        return self._asked


def main() -> int:
    parent = os.getppid()
    kernel.die_with_parent()
    kernel.adopt_orphans()
    stopping = Stopping()
    signal.signal(signal.SIGTERM, stopping.ask)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told: dict[str, Any] = json.loads(sys.stdin.readline())
    if os.getppid() != parent:
        return 0
    lease = wire.lease_from(told["lease"])
    slots = ", ".join(map(str, lease.slots))
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s slot {slots}: %(message)s")
    walls = building.detect() if told["walls"] else NO_WALLS
    limits = {**told["conditions"], "work_dir": Path(told["conditions"]["work_dir"])}
    runtime = Runtime(**told["containers"]) if told.get("containers") else None
    coordinator = HttpCoordinator(HubConnection(told["hub_url"], told["token"]), told["worker"])
    conditions = Conditions(**limits, walls=walls, containers=runtime)
    log.info("job %s, attempt %s (%s)", lease.job_id, lease.attempt, lease.kind)
    began = time.monotonic()
    outcome = supervise(lease, coordinator, stopping.is_asked, conditions)
    log.info("job %s: %s after %.0f s", lease.job_id, _words_for(outcome), time.monotonic() - began)
    return 0


def _words_for(outcome: Outcome | None) -> str:
    if outcome is None:
        return "lost, others may have it"
    failure = f" ({outcome.failure.code.value}: {outcome.failure.message})" if outcome.failure else ""
    return outcome.ending.value + failure


if __name__ == "__main__":
    sys.exit(main())
