"""Runs one job: starts its engine, passes on what it says, and ends it when it must end.

Knows engines only as a command and a few files, and the hub only as a `Coordinator`.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals_app.jobs import failures
from evals_app.jobs.exchange import Ending, Lease, Outcome
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.supervision import engine_process
from evals_app.supervision.conditions import Conditions
from evals_app.supervision.coordination import Coordinator, HubUnreachable
from evals_app.supervision.engine_process import EngineProcess
from evals_app.supervision.event_stream import EventStream
from evals_app.supervision.measuring import Meter
from walls.inside import CANNOT_BUILD

# Noticing takes a heartbeat (3 s by default); together at most five seconds until a cancelled engine is gone.
CANCEL_GRACE = 1.5
# Time to save a checkpoint when the worker is stopped or the time is up.
SAVE_GRACE = 8.0
LOOK_SECONDS = 0.25
# While an engine speaks, people want to read along.
NEWS_SECONDS = 1.0
MEASURE_SECONDS = 1.0
MAX_RESULT_BYTES = 20_000_000
# An engine whose work is done by a process that is none of its own writes its number there.
PROCESS_ELSEWHERE = "container.pid"

StopAsked = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Stop:
    """Why the engine has to end before it is done, and what becomes of the job then."""

    outcome: Outcome | None
    grace: float


CANCELLED = Stop(Outcome(Ending.CANCELLED), CANCEL_GRACE)
GIVEN_BACK = Stop(Outcome(Ending.GIVEN_BACK), SAVE_GRACE)
# Somebody else may have the job already: end at once, say nothing.
LOST = Stop(None, 0.0)


def supervise(
    lease: Lease, coordinator: Coordinator, stop_asked: StopAsked, conditions: Conditions
) -> Outcome | None:
    """Returns when the attempt is over: what was recorded of it, or None when the lease was lost."""
    folder = engine_process.folder_for(lease.job_id, conditions)
    _write_order(folder / "spec.json", lease)
    for name in ("result.json", "error.json", PROCESS_ELSEWHERE):
        (folder / name).unlink(missing_ok=True)
    outcome = _run(lease, folder, coordinator, stop_asked, conditions)
    reported = outcome is not None and _report(lease, coordinator, outcome, conditions.lease_seconds)
    if outcome is not None and reported and _is_over(outcome):
        engine_process.remove_folder(lease.job_id, conditions.work_dir)
    return outcome if reported else None


def _write_order(path: Path, lease: Lease) -> None:
    """Secrets may stand in it: for this user's eyes alone."""
    path.touch(0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(lease.spec, ensure_ascii=False, indent=1))


def _run(
    lease: Lease, folder: Path, coordinator: Coordinator, stop_asked: StopAsked, conditions: Conditions
) -> Outcome | None:
    try:
        engine = engine_process.start(lease.kind, folder, lease.token, conditions)
    except OSError as error:
        message = f"{conditions.python} could not be started: {error.strerror}. Check HUB_ENGINE_PYTHON."
        return Outcome(Ending.FAILED, failure=Failure(FailureCode.CANNOT_START, message))
    stream = EventStream(engine)
    meter = Meter(engine.process.pid, conditions.core_watts, folder / PROCESS_ELSEWHERE)
    watch = _Watch(lease, coordinator, stream, stop_asked, meter, conditions, folder)
    try:
        stop = watch.until_the_end(engine)
        if stop is not None:
            engine.end(stop.grace)
        else:
            stream.add(meter.look())
        exit_code = engine.sweep()
        stream.drain()
        if stop is LOST or not watch.tell_the_rest():
            return None
        return stop.outcome if stop is not None else read_outcome(folder, exit_code)
    finally:
        engine.sweep()
        stream.close()
        engine.close()


@dataclass(slots=True)
class _Watch:
    """The loop beside a running engine: read, heartbeat, look whether it must end."""

    lease: Lease
    coordinator: Coordinator
    stream: EventStream
    stop_asked: StopAsked
    meter: Meter
    conditions: Conditions
    folder: Path
    started: float = 0.0
    heard_at: float = 0.0
    measured_at: float = 0.0

    def until_the_end(self, engine: EngineProcess) -> Stop | None:
        """None when the engine ended by itself."""
        self.started = self.heard_at = time.monotonic()
        while not engine.has_ended:
            self.stream.wait(LOOK_SECONDS)
            # Both pipes are closed by an engine that is about to end; do not spin until it has.
            time.sleep(0.02)
            self.stream.add(self.meter.look_when_due())
            if stop := self._must_end() or self._is_too_much(engine):
                return stop
        return None

    def tell_the_rest(self) -> bool:
        """The last words before the end is recorded; False when the lease was lost meanwhile."""
        while self.stream.has_news:
            if self._beat() is LOST:
                return False
            if self.stream.has_news:
                time.sleep(NEWS_SECONDS)
        return True

    def _must_end(self) -> Stop | None:
        if self.stop_asked():
            return GIVEN_BACK
        if time.monotonic() - self.started > self.lease.time_limit:
            return _time_is_up(self.lease)
        pause = NEWS_SECONDS if self.stream.has_news else self.conditions.heartbeat_seconds
        return self._beat() if time.monotonic() - self.heard_at >= pause else None

    def _is_too_much(self, engine: EngineProcess) -> Stop | None:
        """What it uses of memory and scratch space, looked at now and then."""
        limits = self.conditions
        if time.monotonic() - self.measured_at < MEASURE_SECONDS:
            return None
        if limits.memory_bytes and engine.memory > limits.memory_bytes:
            return _limit_reached(FailureCode.MEMORY_LIMIT, "memory", limits.memory_bytes)
        if limits.disk_bytes and engine_process.size_of(self.folder) > limits.disk_bytes:
            return _limit_reached(FailureCode.DISK_LIMIT, "scratch space", limits.disk_bytes)
        self.measured_at = time.monotonic()
        return None

    def _beat(self) -> Stop | None:
        events = self.stream.take()
        try:
            verdict = self.coordinator.heartbeat(self.lease, events)
        except HubUnreachable:
            self.stream.give_back(events)
            return LOST if time.monotonic() - self.heard_at > self.conditions.lease_seconds else None
        self.heard_at = time.monotonic()
        if not verdict.alive:
            return LOST
        return CANCELLED if verdict.cancel else None


def _time_is_up(lease: Lease) -> Stop:
    message = f"The job ran for its whole time limit of {lease.time_limit} seconds."
    return Stop(Outcome(Ending.FAILED, failure=Failure(FailureCode.TIME_LIMIT, message)), SAVE_GRACE)


def _limit_reached(code: FailureCode, what: str, limit: int) -> Stop:
    message = f"The engine used more than the {limit / 1e6:,.0f} MB of {what} that this worker allows a job."
    return Stop(Outcome(Ending.FAILED, failure=Failure(code, message)), 0.0)


def read_outcome(folder: Path, exit_code: int) -> Outcome:
    """What an engine that ended by itself left behind. `exit_code` is negative for a signal."""
    if exit_code < 0:
        name = signal.Signals(-exit_code).name
        message = f"The engine was ended by {name}; the machine may have run out of memory."
        return _failed(Failure(FailureCode.KILLED, message), exit_code)
    if exit_code == 0:
        result = _read_json(folder / "result.json")
        if result is None:
            return _failed(Failure(FailureCode.ENGINE_ERROR, "The engine ended without a result."), exit_code)
        return Outcome(Ending.SUCCEEDED, result=result, exit_code=0)
    if exit_code == CANNOT_BUILD:
        message = "The walls around the engine could not be built; its log tells why."
        return _failed(Failure(FailureCode.CANNOT_START, message), exit_code)
    error = _read_json(folder / "error.json")
    if error is not None:
        return _failed(failures.named(str(error.get("code")), str(error.get("message"))), exit_code)
    message = f"The engine ended with status {exit_code}; its log tells more."
    return _failed(Failure(FailureCode.ENGINE_ERROR, message), exit_code)


def _failed(failure: Failure, exit_code: int) -> Outcome:
    return Outcome(Ending.FAILED, failure=failure, exit_code=exit_code)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        if path.stat().st_size > MAX_RESULT_BYTES:
            return None
        value = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _report(lease: Lease, coordinator: Coordinator, outcome: Outcome, seconds: float) -> bool:
    """Try until it is recorded or the lease must be over; then the sweep puts the job back."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return coordinator.finish(lease, outcome)
        except HubUnreachable:
            if time.monotonic() > deadline:
                return False
            time.sleep(NEWS_SECONDS)


def _is_over(outcome: Outcome) -> bool:
    """Scratch space stays for another attempt on this machine."""
    if outcome.ending == Ending.GIVEN_BACK:
        return False
    return outcome.failure is None or not outcome.failure.is_retried
