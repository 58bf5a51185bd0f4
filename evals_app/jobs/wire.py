"""What hub and worker say to each other over HTTP: the values of `exchange` as JSON, and back.

What comes from the other side is checked here; ValueError says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from evals_app.jobs import failures
from evals_app.jobs.exchange import (
    Ending,
    EngineEvent,
    Environment,
    Lease,
    LogText,
    Metric,
    Outcome,
    Progress,
    Verdict,
    parse_event,
)

MAX_EVENTS = 100_000


def lease_as_json(lease: Lease) -> dict[str, Any]:
    return {
        "job": str(lease.job_id),
        "lease": lease.lease,
        "kind": lease.kind,
        "attempt": lease.attempt,
        "spec": lease.spec,
        "token": lease.token,
        "time_limit": lease.time_limit,
        "slots": list(lease.slots),
        "memory_bytes": lease.memory_bytes,
    }


def lease_from(data: Any) -> Lease:
    try:
        return Lease(
            UUID(data["job"]),
            data["lease"],
            data["kind"],
            int(data["attempt"]),
            data["spec"],
            data["token"],
            int(data["time_limit"]),
            tuple(int(slot) for slot in data["slots"]),
            int(data["memory_bytes"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a lease: {error}") from error


def event_as_json(event: EngineEvent) -> dict[str, Any]:
    match event:
        case Progress():
            total = None if event.fraction is None else 1.0
            return {"type": "progress", "done": event.fraction, "total": total, "text": event.text}
        case Metric():
            return {"type": "metric", "step": event.step, "values": event.values}
        case Environment():
            return {"type": "environment", "values": event.values}
        case LogText():
            return {"type": "log", "text": event.text}


def events_from(data: Any) -> tuple[list[int], list[EngineEvent]]:
    """Numbers and events, from a list of `{"number": 1, "type": …}`. What is no event is left out."""
    if not isinstance(data, list) or len(data) > MAX_EVENTS:
        raise ValueError(f"`events` must be a list of at most {MAX_EVENTS} events.")
    numbers: list[int] = []
    events: list[EngineEvent] = []
    for entry in data:
        number = entry.get("number") if isinstance(entry, dict) else None
        if not isinstance(number, int) or not 1 <= number < 1 << 53:
            raise ValueError("Each event needs its `number`, counted from 1.")
        if event := _event(entry):
            numbers.append(number)
            events.append(event)
    return numbers, events


def _event(entry: dict[str, Any]) -> EngineEvent | None:
    if entry.get("type") == "log":
        return LogText(str(entry.get("text") or ""))
    return parse_event(entry)


def numbered(events: Sequence[tuple[int, EngineEvent]]) -> list[dict[str, Any]]:
    return [{"number": number, **event_as_json(event)} for number, event in events]


def verdict_from(data: Any) -> Verdict:
    if not isinstance(data, dict):
        raise TypeError("not a verdict")
    return Verdict(alive=bool(data.get("alive")), cancel=bool(data.get("cancel")))


def outcome_as_json(outcome: Outcome) -> dict[str, Any]:
    failure = outcome.failure
    return {
        "ending": outcome.ending.value,
        "result": outcome.result,
        "failure": {"code": failure.code.value, "message": failure.message} if failure else None,
        "exit_code": outcome.exit_code,
    }


def outcome_from(data: Any) -> Outcome:
    if not isinstance(data, dict) or data.get("ending") not in set(Ending):
        raise ValueError(f"`outcome` needs `ending`: {', '.join(Ending)}.")
    result, failure, exit_code = data.get("result") or {}, data.get("failure"), data.get("exit_code")
    if not isinstance(result, dict):
        raise ValueError("`result` must be an object.")  # noqa: TRY004  one kind of refusal
    named = None
    if isinstance(failure, dict):
        named = failures.named(str(failure.get("code")), str(failure.get("message")))
    in_range = isinstance(exit_code, int) and abs(exit_code) < 1 << 31
    return Outcome(Ending(data["ending"]), result, named, exit_code if in_range else None)
