"""A worker as another organization starts it: in its own folder, with the hub's address and a token alone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.test_jobs import (
    DOUBLE,
    PREPARE,
    after_sweep,
    engine_pids,
    is_alive,
    job_row,
    processes_of,
    submit,
    wait_for,
    wait_until,
)
from tests.live import LiveHub


@pytest.fixture(scope="module")
def hub() -> Iterator[LiveHub]:
    own = LiveHub(extra_env={"HUB_JOB_LEASE_SECONDS": "4", "HUB_JOB_HEARTBEAT_SECONDS": "1"})
    try:
        own.start()
        own.manage("shell", "--command", PREPARE)
        yield own
    finally:
        own.close()


class Machine:
    """Another machine: the worker as one file, fetched from the hub, and the token."""

    def __init__(self, hub: LiveHub, folder: Path, name: str, *, python: str = str(DOUBLE)) -> None:
        self.hub, self.folder, self.name, self.python = hub, folder, name, python
        folder.mkdir()
        urllib.request.urlretrieve(f"{hub.url}/workers/llmos-worker.pyz", folder / "llmos-worker.pyz")
        (folder / "token").write_text(
            hub.manage("create_worker_token", "alice", "--queues", "cpu,gpu").splitlines()[-1]
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str, devices: str = "cpu", path: str = os.environ["PATH"]) -> Machine:
        with (self.hub.data / f"worker-{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "llmos-worker.pyz", "--hub", self.hub.url, "--token-file", "token"),
                    *("--name", self.name, "--python", self.python, "--devices", devices, *options),
                ],
                cwd=self.folder,
                env={"PATH": path, "HOME": str(self.folder)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def end(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=30)
            self.process = None


@pytest.fixture
def machines(hub: LiveHub, tmp_path: Path) -> Iterator[dict[str, Machine]]:
    made = {name: Machine(hub, tmp_path / name, name) for name in ("there", "elsewhere")}
    yield made
    for machine in made.values():
        machine.end()


def test_it_runs_a_job_with_nothing_but_address_and_token(hub: LiveHub, machines: dict[str, Machine]) -> None:
    there = machines["there"].start("--label", "site=lyon")
    job = submit(hub, "quick")
    asked = time.monotonic()
    row = wait_for(hub, job, "succeeded", "failed")
    assert (row["state"], row["attempt"]) == ("succeeded", 1), row
    assert time.monotonic() - asked < 20
    assert "attempt 1 secrets [] token hf_" in hub.manage("job", "log", job)
    assert hub.rows("SELECT value FROM evals_app_runvalue WHERE metric = 'bleu'")[0]["value"] == 12.5
    worker = hub.rows("SELECT labels, walls FROM evals_app_worker WHERE name = 'there'")[0]
    assert "lyon" in str(worker["labels"])
    # The worker removes the job's folder after the hub has heard of the end.
    wait_until(lambda: not list((there.folder / "llmos-work").glob("*-*")), hub, seconds=10)


def test_it_cancels_within_seconds_and_leaves_nothing(hub: LiveHub, machines: dict[str, Machine]) -> None:
    machines["there"].start()
    job = submit(hub, "slow")
    pids = engine_pids(hub, job)
    assert len(pids) >= 3
    hub.manage("job", "cancel", job, "--as", "alice")
    asked = time.monotonic()
    wait_for(hub, job, "cancelled")
    assert time.monotonic() - asked < 5
    assert not any(map(is_alive, pids))
    assert not processes_of(job)


def test_a_killed_worker_leaves_nothing_and_its_job_goes_on_elsewhere(
    hub: LiveHub, machines: dict[str, Machine]
) -> None:
    machines["there"].start()
    job = submit(hub, "once")
    pids = engine_pids(hub, job)
    machines["there"].end(signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, pids)), hub, seconds=5)
    machines["elsewhere"].start()
    row = wait_until(lambda: after_sweep(hub, job, "succeeded", "failed"), hub)
    assert (row["state"], row["attempt"]) == ("succeeded", 2)


def test_a_worker_that_is_killed_while_it_waits_is_given_nothing(
    hub: LiveHub, machines: dict[str, Machine]
) -> None:
    machines["there"].start()
    wait_until(lambda: "registered" in (hub.data / "worker-there.log").read_text(), hub)
    time.sleep(2)
    machines["there"].end(signal.SIGKILL)
    job = submit(hub, "quick")
    time.sleep(1)
    machines["elsewhere"].start()
    row = wait_for(hub, job, "succeeded", "failed")
    assert (row["state"], row["attempt"]) == ("succeeded", 1)
    moves = hub.rows(
        "SELECT to_state FROM evals_app_jobtransition WHERE job_id = ? ORDER BY id",
        job if hub.database_url else job.replace("-", ""),
    )
    assert [move["to_state"] for move in moves] == ["queued", "running", "succeeded"]


def test_an_idle_worker_stops_at_once(hub: LiveHub, machines: dict[str, Machine]) -> None:
    there = machines["there"].start("--concurrency", "2")
    wait_until(lambda: "registered" in (hub.data / "worker-there.log").read_text(), hub)
    time.sleep(2)
    assert there.process is not None
    there.process.send_signal(signal.SIGTERM)
    # Far below the 25 seconds of a question that waits.
    assert there.process.wait(timeout=10) == 0
    there.process = None


def test_it_gives_its_job_back_on_a_first_signal(hub: LiveHub, machines: dict[str, Machine]) -> None:
    machines["there"].start()
    job = submit(hub, "slow")
    pids = engine_pids(hub, job)
    machines["there"].end(signal.SIGTERM)
    row = job_row(hub, job)
    assert (row["state"], row["attempt"]) == ("queued", 0)
    assert not any(map(is_alive, pids))
    hub.manage("job", "cancel", job, "--as", "alice")


def test_it_works_on_while_the_hub_is_away_and_finds_it_again(
    hub: LiveHub, machines: dict[str, Machine]
) -> None:
    machines["there"].start()
    wait_until(lambda: "registered" in (hub.data / "worker-there.log").read_text(), hub)
    hub.kill()
    time.sleep(2)
    job = submit(hub, "quick")
    hub.start()
    assert wait_for(hub, job, "succeeded", "failed")["state"] == "succeeded"


def test_a_job_that_needs_two_cards_runs_on_both(
    hub: LiveHub, machines: dict[str, Machine], tmp_path: Path
) -> None:
    fake = tmp_path / "bin" / "nvidia-smi"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nprintf 'Card, 40000\\nCard, 40000\\n'\n")
    fake.chmod(0o755)
    machines["there"].start(
        "--queues", "gpu", "--concurrency", "2", devices="auto", path=f"{fake.parent}:{os.environ['PATH']}"
    )
    wait_until(lambda: "registered" in (hub.data / "worker-there.log").read_text(), hub)
    job = submit(hub, "quick", queue="gpu", devices=2, memory_gb=30)
    assert wait_for(hub, job, "succeeded", "failed")["state"] == "succeeded"
    assert "cards 0,1" in hub.manage("job", "log", job)


def test_it_drains(hub: LiveHub, machines: dict[str, Machine]) -> None:
    there = machines["there"].start()
    job = submit(hub, "quick")
    wait_for(hub, job, "succeeded")
    hub.manage("worker", "drain", "there")
    assert there.process is not None
    assert there.process.wait(timeout=40) == 0
    there.process = None


def test_revoking_the_token_ends_worker_and_lease(hub: LiveHub, machines: dict[str, Machine]) -> None:
    there = machines["there"].start()
    job = submit(hub, "slow")
    pids = engine_pids(hub, job)
    number = hub.rows("SELECT worker_pass_id AS id FROM evals_app_worker WHERE name = 'there'")[0]["id"]
    hub.manage("worker", "revoke", str(number))
    assert job_row(hub, job)["state"] == "queued"
    hub.manage("job", "cancel", job, "--as", "alice")
    wait_until(lambda: not any(map(is_alive, pids)), hub, seconds=10)
    assert there.process is not None
    assert there.process.wait(timeout=40) == 3
    there.process = None


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_one_command_joins(hub: LiveHub, machines: dict[str, Machine], tmp_path: Path) -> None:
    secret = (machines["there"].folder / "token").read_text()
    command = f"curl -fsSL {hub.url}/workers/join.sh | sh -s -- --name joined --devices cpu --python {DOUBLE}"
    env = {"PATH": os.environ["PATH"], "FOLDER": str(tmp_path / "joined"), "PYTHON": sys.executable}
    process = subprocess.Popen(
        command, shell=True, env={**env, "LLMOS_WORKER_TOKEN": secret.strip()}, start_new_session=True
    )
    try:
        assert wait_for(hub, submit(hub, "quick"), "succeeded", "failed")["state"] == "succeeded"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)
