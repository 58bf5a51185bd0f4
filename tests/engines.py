"""Engines as child processes: what the supervisor does, without the queue."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.live import ROOT, LiveHub

ENGINE_PYTHON = os.environ.get("HUB_ENGINE_PYTHON", str(ROOT / ".venv-engines" / "bin" / "python"))
TIMEOUT = 150
EVENTS = 3

Event = dict[str, Any]


@dataclass
class Ended:
    """What an engine left: exit status, its two possible files, its events and its log."""

    code: int
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    events: list[Event]
    log: str


@dataclass
class EngineRun:
    """One order in one working directory; `run` may be called again, as another attempt is."""

    hub: LiveHub
    token: str
    folder: Path
    kind: str
    spec: dict[str, Any]
    seen: list[Event] = field(default_factory=list)

    def run(self, *, end_with: int | None = None, when: Callable[[Event], bool] | None = None) -> Ended:
        """To the end, or until an event for which `when` is true: then the signal `end_with` is sent."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "spec.json").write_text(json.dumps(self.spec))
        read_end, write_end = os.pipe()
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [ENGINE_PYTHON, "-m", "evals_app.engines", self.kind, str(self.folder)],
                cwd=self.folder,
                env=self._environment(),
                stdout=log,
                stderr=log,
                pass_fds=(EVENTS,),
                preexec_fn=lambda: os.dup2(write_end, EVENTS),
            )
        os.close(write_end)
        events = self._follow(process, read_end, end_with, when)
        code = process.wait(TIMEOUT)
        return Ended(code, self._read("result.json"), self._read("error.json"), events, self._log())

    def _follow(
        self,
        process: subprocess.Popen[bytes],
        read_end: int,
        end_with: int | None,
        when: Callable[[Event], bool] | None,
    ) -> list[Event]:
        events: list[Event] = []
        started = time.monotonic()
        with os.fdopen(read_end, encoding="utf-8") as lines:
            for line in lines:
                events.append(json.loads(line))
                if when and end_with and when(events[-1]):
                    process.send_signal(end_with)
                    when = None
                if time.monotonic() - started > TIMEOUT:
                    process.send_signal(signal.SIGKILL)
        return events

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONSAFEPATH": "1",
            "HOME": str(self.folder),
            "HF_ENDPOINT": self.hub.url,
            "HF_TOKEN": self.token,
            "HF_HOME": str(self.folder / "hf"),
            "OMP_NUM_THREADS": "1",
            "LANG": "C.UTF-8",
        }

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self.folder / name
        return json.loads(path.read_text()) if path.exists() else None

    def _log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")
