"""What passes between the hub and a supervisor: plain values that also fit into JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from evals_app.jobs.failures import Failure

METRIC_NAME_LIMIT = 64
MAX_STEP = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Progress:
    """`fraction` is 0 to 1, or None while the total is not known."""

    fraction: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Metric:
    step: int
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Environment:
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogText:
    text: str


EngineEvent = Progress | Metric | Environment | LogText


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job. `time_limit` is in seconds, for this attempt.

    `slots` are those of the worker that it takes, one of each device; `memory_bytes` is what it asked for
    of each (0: it did not tell).
    """

    job_id: UUID
    lease: str
    kind: str
    attempt: int
    spec: dict[str, Any]
    token: str
    time_limit: int
    slots: tuple[int, ...] = ()
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`alive` is false when the lease is lost: stop, and write nothing more."""

    alive: bool
    cancel: bool = False


class Ending(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    # The supervisor is being stopped; the attempt does not count.
    GIVEN_BACK = "given-back"


@dataclass(frozen=True, slots=True)
class Outcome:
    ending: Ending
    result: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    exit_code: int | None = None


def parse_event(data: object) -> EngineEvent | None:
    """One line of an engine. None for what is not an event: an engine's mistake must not end its job."""
    if not isinstance(data, dict):
        return None
    match data.get("type"):
        case "progress":
            return Progress(_fraction(data.get("done"), data.get("total")), str(data.get("text") or "")[:200])
        case "metric":
            return _metric(data.get("step"), data.get("values"))
        case "environment" if isinstance(data.get("values"), dict):
            return Environment(data["values"])
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _fraction(done: object, total: object) -> float | None:
    if not (_is_number(done) and _is_number(total)):
        return None
    assert isinstance(done, int | float)
    assert isinstance(total, int | float)
    return min(1.0, max(0.0, done / total)) if total > 0 else None


def _metric(step: object, values: object) -> Metric | None:
    if not isinstance(step, int) or not 0 <= step <= MAX_STEP or not isinstance(values, dict):
        return None
    kept = {
        str(name)[:METRIC_NAME_LIMIT]: float(value) for name, value in values.items() if _is_number(value)
    }
    return Metric(step, kept) if kept else None
