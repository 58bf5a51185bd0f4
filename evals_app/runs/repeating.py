"""Repeats runs as a stranger would: their printed command, in a folder and an environment of its own,
outside of the hub. Nothing of the hub's process but the address reaches it."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Any

from evals_app.runs import reproduce
from evals_app.runs.models import Run

# The end of what a command wrote, where it failed.
TAIL = 600


class Ending(StrEnum):
    EQUAL = "equal"
    DIFFERENT = "different"
    # Nothing was measured: no packages, no model, no time.
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Repetition:
    """`values` are the rows of the script's `comparison.json`: metric, recorded, measured, difference."""

    run: str
    title: str
    ending: Ending
    seconds: float
    values: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""


class Repeater:
    """One folder for all: a folder a run below it. The first run that needs a set of packages makes the
    environment, as the bare command does; later ones of the same set use it through `PYTHON`."""

    def __init__(self, folder: Path, hub_url: str, *, token: str = "", limit_seconds: int = 3600) -> None:
        self.folder, self.hub_url, self.token, self.limit = folder, hub_url, token, limit_seconds

    def repeat(self, run: Run) -> Repetition:
        """Takes as long as the evaluation, and minutes more where packages are installed."""
        place = self.folder / str(run.pk)
        place.mkdir(parents=True, exist_ok=True)
        began = monotonic()
        status, told = self._execute(reproduce.command(run, self.hub_url), place, self._environment(run))
        seconds = round(monotonic() - began, 1)
        if status in (0, reproduce.DIFFERENT):
            values = json.loads((place / reproduce.folder(run) / "comparison.json").read_text())
            self._keep_environment(run, place)
            ending = Ending.DIFFERENT if status else Ending.EQUAL
            return Repetition(str(run.pk), str(run), ending, seconds, values)
        return Repetition(str(run.pk), str(run), Ending.FAILED, seconds, problem=told[-TAIL:])

    def _execute(self, command: str, place: Path, environment: Mapping[str, str]) -> tuple[int, str]:
        with (place / "output.log").open("wb+") as output:
            started = subprocess.Popen(
                ["/bin/sh", "-c", command],
                cwd=place,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                status = started.wait(self.limit)
            except subprocess.TimeoutExpired:
                status = -signal.SIGKILL
            finally:
                if started.poll() is None:
                    os.killpg(started.pid, signal.SIGKILL)
                    started.wait()
            output.seek(0)
            told = output.read().decode("utf-8", "replace").strip()
        return status, f"{told}\nThe time was over." if status < 0 else told

    def _environment(self, run: Run) -> dict[str, str]:
        found = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder), "LANG": "C.UTF-8"}
        if self.token:
            found["HF_TOKEN"] = self.token
        kept = self._kept(run)
        if kept.is_file():
            found["PYTHON"] = kept.read_text()
        return found

    def _keep_environment(self, run: Run, place: Path) -> None:
        python = place / reproduce.folder(run) / "venv" / "bin" / "python"
        if python.exists():
            self._kept(run).write_text(str(python))

    def _kept(self, run: Run) -> Path:
        packages = hashlib.sha256("\n".join(reproduce.requirements(run)).encode()).hexdigest()
        return self.folder / f"python-{packages[:16]}"
