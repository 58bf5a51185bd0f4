"""Jobs end to end: rows, broker, a real worker process, a supervisor, an engine process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live import ROOT, LiveHub

DOUBLE = Path(__file__).with_name("engine_double.py")

PREPARE = """
from tests.factories.accounts import make_user
from tests.factories.jobs import BENCHMARK_YAML, make_benchmark, make_queues
from tests.factories.repositories import make_repository
alice = make_user("alice")
make_queues()
make_benchmark(alice)
for name in ("quick", "slow", "once"):
    make_repository(alice, name, files={"config.json": "{}"})
held_out = BENCHMARK_YAML.replace("version: 1", "version: 1\\nheld_out: true")
held_out = held_out.replace("Translate", "Heronfeather")
make_benchmark(alice, "hidden", text=held_out, private=True)
make_repository(make_user("bob"), "tattler", files={"config.json": "{}"})
"""


class Workers:
    """Starts and ends real Celery workers of one hub."""

    def __init__(self, hub: LiveHub) -> None:
        self.hub = hub
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, name: str = "one") -> subprocess.Popen[bytes]:
        log = (self.hub.data / f"worker-{name}.log").open("ab")
        command = ["worker", "-Q", "cpu", "-n", f"{name}@test", "--pool", "prefork", "--concurrency", "1"]
        alone = ["--without-gossip", "--without-mingle"]
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "hub.celery", *command, *alone],
            cwd=ROOT, env=self.hub.env, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture(scope="module")
def hub() -> Iterator[LiveHub]:
    """Only database and broker folder: no web server is needed to run jobs."""
    own = LiveHub(
        extra_env={
            "HUB_ENGINE_PYTHON": str(DOUBLE),
            "HUB_JOB_LEASE_SECONDS": "4",
            "HUB_JOB_HEARTBEAT_SECONDS": "1",
            "HUB_JOB_BACK_OFF_SECONDS": "1",
        }
    )
    try:
        own.prepare()
        own.manage("shell", "--command", PREPARE)
        yield own
    finally:
        own.close()


@pytest.fixture
def workers(hub: LiveHub) -> Iterator[Workers]:
    workers = Workers(hub)
    yield workers
    workers.close()


def submit(hub: LiveHub, model: str, **changes: Any) -> str:
    request = {
        "kind": "evaluate",
        "owner": "alice",
        "model": f"alice/{model}",
        "benchmark": "alice/translation",
        **changes,
    }
    return hub.manage("job", "submit", json.dumps(request), "--as", "alice").split()[-1]


def job_row(hub: LiveHub, job: str) -> dict[str, Any]:
    return hub.rows("SELECT * FROM evals_app_job WHERE id = ?", job.replace("-", ""))[0]


def wait_for(hub: LiveHub, job: str, *states: str, seconds: float = 120) -> dict[str, Any]:
    return wait_until(lambda: (row := job_row(hub, job))["state"] in states and row, hub, seconds)


def after_sweep(hub: LiveHub, job: str, *states: str) -> dict[str, Any] | None:
    """The job's row once it is in one of the states. Sweeps as the clock does every few seconds: here there
    is none, and a lease may not have run out yet."""
    hub.manage("shell", "--command", "from evals_app.jobs.services import sweep; sweep()")
    row = job_row(hub, job)
    return row if row["state"] in states else None


def wait_until(condition: Callable[[], Any], hub: LiveHub, seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.2)
    logs = "\n".join(path.read_text()[-3000:] for path in hub.data.glob("worker-*.log"))
    raise AssertionError(f"it did not happen within {seconds} s:\n{logs}")


def engine_pids(hub: LiveHub, job: str) -> list[int]:
    """All processes of the job's engine, those that ran away too, once it has started them."""
    wait_until(lambda: "pids" in hub.manage("job", "log", job), hub)
    return processes_of(job)


def processes_of(job: str) -> list[int]:
    """By what an engine's processes inherit; ended ones have nothing left to read."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if any(word.startswith(b"LLMOS_ENGINE=") and word.endswith(job.encode()) for word in words):
            found.append(int(path.parent.name))
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_runs_a_job_to_its_runs_and_keeps_the_log(hub: LiveHub, workers: Workers) -> None:
    workers.start()
    job = submit(hub, "quick")
    row = wait_for(hub, job, "succeeded", "failed")
    assert (row["state"], row["attempt"], row["progress"]) == ("succeeded", 1, 1.0), row
    log = hub.manage("job", "log", job)
    assert re.search(r"engine \d+ attempt 1 secrets \[\] token hf_", log)
    assert not (hub.data / "work" / job).exists()
    values = hub.rows(
        "SELECT metric, value FROM evals_app_runvalue JOIN evals_app_run r ON r.id = run_id WHERE job_id = ? "
        "ORDER BY metric",
        job.replace("-", ""),
    )
    assert [(row["metric"], row["value"]) for row in values] == [("bleu", 12.5), ("chrf", 30.0)]
    assert not hub.rows("SELECT id FROM accounts_accesstoken WHERE kind = 'job' AND revoked_at IS NULL")


def test_a_worker_tells_nobody_of_held_out_items(hub: LiveHub, workers: Workers) -> None:
    workers.start()
    request = {"kind": "evaluate", "owner": "bob", "model": "bob/tattler", "benchmark": "alice/hidden"}
    job = hub.manage("job", "submit", json.dumps(request), "--as", "bob").split()[-1]
    row = wait_for(hub, job, "succeeded", "failed")
    assert row["state"] == "succeeded", row
    assert "Heronfeather" not in json.dumps(row, default=str)
    assert (
        hub.manage("job", "log", job).strip() == "[The log is withheld: the benchmark holds its items out.]"
    )
    [kept] = hub.rows("SELECT text FROM evals_app_withheldlogchunk")
    assert "Heronfeather to French: {{en}}" in kept["text"]
    names = hub.rows("SELECT name FROM evals_app_jobmetric WHERE job_id = ?", job.replace("-", ""))
    assert not [name for name in names if "Heronfeather" in name["name"]]
    [run] = hub.rows("SELECT * FROM evals_app_run WHERE job_id = ?", job.replace("-", ""))
    assert "Heronfeather" not in json.dumps(run, default=str)
    assert not run["is_private"]


def test_it_ends_the_whole_process_group_on_cancel(hub: LiveHub, workers: Workers) -> None:
    workers.start()
    job = submit(hub, "slow")
    wait_for(hub, job, "running")
    pids = engine_pids(hub, job)
    hub.manage("job", "cancel", job, "--as", "alice")
    asked = time.monotonic()
    wait_for(hub, job, "cancelled")
    assert time.monotonic() - asked < 5
    assert not any(is_alive(pid) for pid in pids)


def test_it_resumes_on_another_worker_when_one_is_killed(hub: LiveHub, workers: Workers) -> None:
    first = workers.start("first")
    job = submit(hub, "once")
    pids = engine_pids(hub, job)
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, pids)), hub, seconds=5)
    workers.start("second")
    row = wait_until(lambda: after_sweep(hub, job, "succeeded", "failed"), hub)
    assert (row["state"], row["attempt"]) == ("succeeded", 2)
    assert "attempt 2" in hub.manage("job", "log", job)


def test_it_gives_the_job_back_when_the_worker_is_stopped(hub: LiveHub, workers: Workers) -> None:
    worker = workers.start()
    job = submit(hub, "slow")
    pids = engine_pids(hub, job)
    worker.terminate()
    worker.wait(timeout=20)
    row = job_row(hub, job)
    assert (row["state"], row["attempt"]) == ("queued", 0)
    assert not any(is_alive(pid) for pid in pids)
    hub.manage("job", "cancel", job, "--as", "alice")


def test_it_runs_a_job_once_however_often_it_is_woken(hub: LiveHub, workers: Workers) -> None:
    job = submit(hub, "quick")
    wake = "from evals_app.jobs.services import wake\nfor _ in range(5): wake('cpu')"
    hub.manage("shell", "--command", wake)
    workers.start("a")
    workers.start("b")
    wait_for(hub, job, "succeeded", "failed")
    query = "SELECT id FROM evals_app_jobtransition WHERE job_id = ? AND to_state = 'running'"
    assert len(hub.rows(query, job.replace("-", ""))) == 1
