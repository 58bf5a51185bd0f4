"""Engines that are small shell scripts, and a hub that is a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from evals_app.jobs.exchange import EngineEvent, Lease, LogText, Outcome, Verdict
from evals_app.supervision.conditions import NO_WALLS, Conditions
from evals_app.supervision.coordination import Numbered
from evals_app.supervision.supervisor import supervise


class Hub:
    """Keeps what it hears. `verdict` decides each heartbeat."""

    def __init__(self, verdict: Callable[[int], Verdict] = lambda _: Verdict(alive=True)) -> None:
        self.verdict, self.beats = verdict, 0
        self.events: list[EngineEvent] = []
        self.outcomes: list[Outcome] = []

    def heartbeat(self, lease: Lease, events: Sequence[Numbered]) -> Verdict:
        self.beats += 1
        verdict = self.verdict(self.beats)
        self.events += [event for _, event in events]
        return verdict

    def finish(self, lease: Lease, outcome: Outcome) -> bool:
        self.outcomes.append(outcome)
        return True

    @property
    def log(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, LogText))


def run_engine(
    folder: Path,
    script: str,
    hub: Hub,
    *,
    stop: Callable[[], bool] = lambda: False,
    limit: int = 60,
    kind: str = "evaluate",
    **changes: Any,
) -> Outcome | None:
    """Runs a shell script as the engine; `$4` is its working directory."""
    engine = folder / "engine"
    engine.write_text(f"#!/bin/sh\n{script}\n")
    engine.chmod(0o755)
    conditions = Conditions(
        python=str(engine),
        work_dir=folder / "work",
        hub_url="http://127.0.0.1:9",
        heartbeat_seconds=0.2,
        lease_seconds=2,
        walls=NO_WALLS,
    )
    lease = Lease(uuid4(), "lease", kind, 1, {"kind": "evaluate"}, "hf_secret", limit)
    supervise(lease, hub, stop, replace(conditions, **changes))
    return hub.outcomes[-1] if hub.outcomes else None


def is_alive(pid: str) -> bool:
    """Ended processes whose new parent has not noticed yet do not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
