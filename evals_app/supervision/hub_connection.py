"""The hub over HTTP, with nothing but a worker's token: what a worker anywhere stands on."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any

from evals_app.jobs import wire
from evals_app.jobs.exchange import Lease, Outcome, Verdict
from evals_app.supervision.coordination import HubUnreachable, Numbered

# The hub answers a request for work after at most this; then the worker asks again.
POLL_SECONDS = 25
ANSWER_SECONDS = 30
# The worker's heartbeat waits for it.
LEASE_SECONDS = 10
MAX_ANSWER = 64_000_000


# Of each device with room: one slot, and the memory that is left.
Free = list[dict[str, int]]


class Refused(Exception):
    """The hub does not take this worker; the message tells why. Trying again would change nothing."""


class Forgotten(Exception):
    """The hub does not know what was named: a worker that has to register again, a job that is lost."""


class HubConnection:
    def __init__(self, hub_url: str, token: str) -> None:
        self._base = f"{hub_url.rstrip('/')}/api/v1/workers"
        self._token = token

    def post(self, path: str, body: dict[str, Any], *, seconds: float = ANSWER_SECONDS) -> Any:
        """None for an answer without content. Raises HubUnreachable, Refused, Forgotten."""
        request = urllib.request.Request(  # noqa: S310  the operator of the worker names the hub
            f"{self._base}/{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
                content = answer.read(MAX_ANSWER)
                return json.loads(content) if content else None
        except urllib.error.HTTPError as error:
            raise _named(error) from error
        except (OSError, HTTPException, ValueError) as error:
            raise HubUnreachable(str(error)) from error


def _named(error: urllib.error.HTTPError) -> Exception:
    message = _message(error)
    if error.code == 404:
        return Forgotten(message)
    if error.code in {429, 503} or error.code >= 500:
        return HubUnreachable(message)
    return Refused(message)


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read(100_000))["error"]["message"])
    except (OSError, ValueError, KeyError, TypeError, HTTPException):
        return f"{error.code} {error.reason}"


class HttpCoordinator:
    """A registered worker."""

    def __init__(self, hub: HubConnection, worker: str) -> None:
        self._hub, self._worker = hub, worker

    def wait_for_work(self, free: Free) -> float | None:
        """None when a job may start on what is free; else in how many seconds to ask again. Takes nothing,
        so it may be broken off at any moment."""
        body = {"free": free, "seconds": POLL_SECONDS}
        answer = self._hub.post(f"{self._worker}/wait", body, seconds=POLL_SECONDS + ANSWER_SECONDS)
        try:
            return None if answer["ready"] else float(answer["ask_again_in"])
        except (KeyError, TypeError, ValueError) as error:
            raise HubUnreachable(str(error)) from error

    def lease_next(self, free: Free) -> Lease | None:
        """Tells the hub at once that the answer arrived; None when it no longer counts then."""
        answer = self._hub.post(f"{self._worker}/lease", {"free": free}, seconds=LEASE_SECONDS)
        try:
            lease = None if answer is None else wire.lease_from(answer)
        except ValueError as error:
            raise HubUnreachable(str(error)) from error
        return lease if lease and self.heartbeat(lease, ()).alive else None

    def heartbeat(self, lease: Lease, events: Sequence[Numbered]) -> Verdict:
        body = {"lease": lease.lease, "events": wire.numbered(events)}
        try:
            return wire.verdict_from(self._hub.post(f"{self._worker}/jobs/{lease.job_id}/events", body))
        except (Forgotten, Refused):
            return Verdict(alive=False)
        except TypeError as error:
            raise HubUnreachable(str(error)) from error

    def finish(self, lease: Lease, outcome: Outcome) -> bool:
        body = {"lease": lease.lease, "outcome": wire.outcome_as_json(outcome)}
        try:
            answer = self._hub.post(f"{self._worker}/jobs/{lease.job_id}/finish", body)
        except (Forgotten, Refused):
            return False
        return isinstance(answer, dict) and bool(answer.get("recorded"))
