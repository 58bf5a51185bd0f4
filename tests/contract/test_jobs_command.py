"""`hf jobs` of the newest client against a running hub with a worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live import ROOT, LiveHub

HF = Path(sys.executable).parent / "hf"
DOUBLE = ROOT / "tests" / "flows" / "engine_double.py"
PREPARE = """
from tests.factories.accounts import make_token, make_user
from tests.factories.jobs import make_benchmark, make_queues
from tests.factories.repositories import make_repository
alice = make_user("alice")
make_queues()
make_benchmark(alice)
for name in ("quick", "slow"):
    make_repository(alice, name, files={"config.json": "{}"})
print("token", make_token(alice))
"""
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def hub() -> Iterator[LiveHub]:
    own = LiveHub(extra_env={"HUB_ENGINE_PYTHON": str(DOUBLE), "HUB_JOB_HEARTBEAT_SECONDS": "1"})
    try:
        yield own.prepare()
    finally:
        own.close()


@pytest.fixture(scope="module")
def hf(hub: LiveHub, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`hf("ps", …)` runs `hf jobs ps …`; what it prints as JSON is read."""
    token = hub.manage("shell", "--command", PREPARE).split()[-1]
    hub.start()
    hub.start_workers(beat=False)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "PYTEST_"))}
    env = {
        **kept,
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": token,
        "HF_HOME": str(tmp_path_factory.mktemp("home")),
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "NO_COLOR": "1",
    }

    def run(*words: str, fails: bool = False) -> str:
        done = subprocess.run([HF, "jobs", *words], env=env, capture_output=True, text=True, timeout=120)
        assert bool(done.returncode) == fails, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    return run


def job_of(text: str) -> str:
    """The id in what a command printed."""
    return next(
        word for line in text.splitlines() for word in line.replace("=", " ").split() if word.count("-") == 4
    )


ORDER = ("--benchmark=alice/translation",)


def test_a_job_is_run_followed_and_inspected(hf: Run) -> None:
    job = job_of(hf("run", "--detach", "--name", "first", "llmos/evaluate", "--model=alice/quick", *ORDER))
    log = hf("logs", "-f", job)
    assert "engine" in log
    assert "attempt 1" in log
    deadline = time.monotonic() + 20
    while (told := json.loads(hf("inspect", job, "--format", "json")))[0]["status"]["stage"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.3)
    assert told[0]["status"]["stage"] == "COMPLETED"
    assert job in hf("ps", "-a", "--name", "first", "--format", "json")
    assert job not in hf("ps", "-a", "--name", "second", "--format", "json")
    again = job_of(hf("rerun", "--detach", job))
    assert hf("wait", again)
    assert "cpu" in hf("hardware")


def test_a_running_job_shows_what_it_uses_and_is_cancelled(hf: Run) -> None:
    job = job_of(hf("run", "--detach", "llmos/evaluate", "--model=alice/slow", *ORDER))
    deadline = time.monotonic() + 30
    while job not in (seen := hf("stats", job)) or "No stats" in seen:
        assert time.monotonic() < deadline
    assert "%" in seen
    assert "pids" in hf("logs", job)
    hf("labels", job, "--label", "team=a")
    assert job in hf("ps", "--label", "team=a", "--format", "json")
    hf("cancel", job)
    assert "CANCELED" in hf("wait", job, fails=True) + hf("inspect", job)


def test_what_is_no_engine_is_refused_with_a_sentence(hf: Run) -> None:
    assert "is no engine of this hub" in hf("run", "python:3.12", "python", "-V", fails=True)
    assert "There is no model alice/none" in hf(
        "run", "llmos/evaluate", "--model=alice/none", *ORDER, fails=True
    )


@pytest.mark.slow
def test_schedules_live_their_life(hf: Run) -> None:
    made = hf(
        "scheduled", "run", "--name", "nightly", "@daily", "llmos/evaluate", "--model=alice/quick", *ORDER
    )
    schedule = job_of(made)
    assert schedule in hf("scheduled", "ps", "--name", "nightly", "--format", "json")
    hf("scheduled", "suspend", schedule)
    assert schedule not in hf("scheduled", "ps", "--format", "json")
    hf("scheduled", "resume", schedule)
    hf("scheduled", "reschedule", schedule, "0 9 * * 1")
    assert "0 9 * * 1" in hf("scheduled", "inspect", schedule, "--format", "json")
    assert hf("wait", job_of(hf("scheduled", "trigger", schedule).replace(schedule, "")))
    hf("scheduled", "delete", schedule)
    assert schedule not in hf("scheduled", "ps", "-a", "--format", "json")
