"""One slot of a worker, a process of its own: takes a job when one waits, runs it, takes the next.

Its parent starts it and writes what it needs to its standard input; it ends when its parent does.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from evals_app.jobs.exchange import Lease
from evals_app.supervision.conditions import NO_WALLS, Conditions
from evals_app.supervision.coordination import HubUnreachable
from evals_app.supervision.hub_connection import Forgotten, HttpCoordinator, HubConnection, Refused
from evals_app.supervision.supervisor import supervise
from walls import building, kernel
from walls.containers import Runtime

log = logging.getLogger(__name__)

LONGEST_PAUSE = 15.0
REFUSED, FORGOTTEN = 3, 4


class _BrokenOff(Exception):
    """A signal came while the slot only waited."""


@dataclass(slots=True)
class Slot:
    coordinator: HttpCoordinator
    conditions: Conditions
    turn: Path
    stop: bool = False
    drain: bool = False
    pause: float = field(default=1.0)
    only_waits: bool = False

    def run(self) -> int:
        while not (self.stop or self.drain):
            try:
                lease = self._next()
            except _BrokenOff:
                continue
            except HubUnreachable as error:
                self._wait(error)
                continue
            except Refused as error:
                log.critical("the hub refuses this worker: %s", error)
                return REFUSED
            except Forgotten:
                return FORGOTTEN
            self.pause = 1.0
            if lease is not None:
                log.info("job %s, attempt %s", lease.job_id, lease.attempt)
                supervise(lease, self.coordinator, lambda: self.stop, self.conditions)
        return 0

    def _next(self) -> Lease | None:
        """Idle slots of one worker ask one after the other: each question holds a thread of the hub."""
        with self.turn.open("w") as file:
            while not (self.stop or self.drain):
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    time.sleep(0.2)
                    continue
                return self.coordinator.lease_next() if self._work_waits() else None
        return None

    def _work_waits(self) -> bool:
        """Raises _BrokenOff on a signal: nobody waits for the end of a question that takes nothing."""
        try:
            self.only_waits = True
            if self.stop or self.drain:
                return False
            ask_again_in = self.coordinator.wait_for_work()
            if ask_again_in:
                time.sleep(ask_again_in)
            return ask_again_in is None
        finally:
            self.only_waits = False

    def break_off(self) -> None:
        """Called by signal handlers."""
        if self.only_waits:
            self.only_waits = False
            raise _BrokenOff

    def _wait(self, error: HubUnreachable) -> None:
        log.warning("the hub does not answer (%s); next try in %.0f s", error, self.pause)
        end = time.monotonic() + self.pause
        while not (self.stop or self.drain) and time.monotonic() < end:
            time.sleep(0.1)
        self.pause = min(LONGEST_PAUSE, self.pause * 2)


def main() -> int:
    parent = os.getppid()
    kernel.die_with_parent()
    kernel.adopt_orphans()
    told: dict[str, Any] = json.loads(sys.stdin.readline())
    if os.getppid() != parent:
        return 0
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s slot {told['slot']}: %(message)s")
    hub = HubConnection(told["hub_url"], told["token"])
    walls = building.detect() if told["walls"] else NO_WALLS
    limits = {**told["conditions"], "work_dir": Path(told["conditions"]["work_dir"])}
    runtime = Runtime(**told["containers"]) if told.get("containers") else None
    conditions = Conditions(**limits, walls=walls, containers=runtime)
    slot = Slot(HttpCoordinator(hub, told["worker"], told["slot"]), conditions, Path(told["turn"]))

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        slot.stop = True
        slot.break_off()

    def ask_to_drain(_number: int, _frame: FrameType | None) -> None:
        slot.drain = True
        slot.break_off()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGUSR1, ask_to_drain)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return slot.run()


if __name__ == "__main__":
    sys.exit(main())
