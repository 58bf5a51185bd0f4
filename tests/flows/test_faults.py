"""A thousand jobs while web server, workers and broker are killed: none lost, none counted twice.

On SQLite with a broker on a socket; with `TEST_DATABASE_URL`, on a PostgreSQL database and a Redis on a port,
both of its own. Beside the two Celery workers, one that another organization started: it has the file that
the hub hands out, the hub's address and a token.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from hub.site.processes import redis_command, redis_program
from tests.live import ROOT, LiveHub, free_port

JOBS = int(os.environ.get("HUB_TEST_FAULT_JOBS", "1000"))
KILLS_OF_EACH = 3
# The worker of another organization.
LENT = "lent"
ENGINE = Path(__file__).with_name("noop_engine.sh")

PREPARE = """
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository
alice = make_user("alice")
make_repository(alice, "data", "dataset", files={"data/train.jsonl": "{}"})
"""
REQUEST = {
    "kind": "fine-tune",
    "owner": "alice",
    "recipe": "seq2seq",
    "init": {"architecture": "t5"},
    "dataset": "alice/data",
    "output": "alice/made",
}


class Machine:
    """One hub with all of its processes, each of which can be killed and started again."""

    def __init__(self, workers: Sequence[str] = ("one", "two", LENT)) -> None:
        self.names = workers
        # A broker of its own, so that killing it disturbs nobody.
        self.broker_port = free_port() if os.environ.get("TEST_DATABASE_URL") else 0
        self.hub = LiveHub(
            extra_env={
                "HUB_ENGINE_PYTHON": str(ENGINE),
                "HUB_BROKER": "redis",
                "REDIS_URL": f"redis://127.0.0.1:{self.broker_port}/0" if self.broker_port else "",
                "HUB_JOB_LEASE_SECONDS": "10",
                "HUB_JOB_HEARTBEAT_SECONDS": "1",
                "HUB_JOB_BACK_OFF_SECONDS": "1",
            }
        )
        self.socket = self.hub.data / "redis" / "redis.sock"
        self.broker: subprocess.Popen[bytes] | None = None
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.elsewhere = self.hub.data / "elsewhere"

    def start(self) -> None:
        self.start_broker()
        self.hub.start()
        self.hub.manage("shell", "--command", PREPARE)
        self.hub.start_workers()
        for name in self.names:
            self.start_worker(name)

    def start_broker(self) -> None:
        program = redis_program()
        if program is None:
            pytest.skip("no Redis on this machine")
        self.socket.parent.mkdir(exist_ok=True)
        port = ["--port", str(self.broker_port), "--bind", "127.0.0.1"]
        self.broker = self._spawn("broker", [*redis_command(program, self.socket), *port])

    def start_worker(self, name: str) -> None:
        if name == LENT:
            self.workers[name] = self._start_lent()
            return
        command = ["worker", "-Q", "cpu", "-n", f"{name}@test", "--pool", "prefork", "--concurrency", "1"]
        alone = ["--without-gossip", "--without-mingle"]
        python = [sys.executable, "-m", "celery", "-A", "hub.celery"]
        self.workers[name] = self._spawn(f"worker-{name}", [*python, *command, *alone])

    def _start_lent(self) -> subprocess.Popen[bytes]:
        if not self.elsewhere.exists():
            self.elsewhere.mkdir()
            file = self.elsewhere / "worker.pyz"
            urllib.request.urlretrieve(f"{self.hub.url}/workers/llmos-worker.pyz", file)
            made = self.hub.manage("create_worker_token", "alice", "--queues", "cpu")
            (self.elsewhere / "token").write_text(made.splitlines()[-1])
        command = [sys.executable, "worker.pyz", "--hub", self.hub.url, "--token-file", "token"]
        options = ["--name", LENT, "--python", str(ENGINE), "--devices", "cpu"]
        env = {"PATH": os.environ["PATH"], "HOME": str(self.elsewhere)}
        return self._spawn("worker-lent", [*command, *options], self.elsewhere, env)

    def _spawn(
        self, name: str, command: list[str], folder: Path = ROOT, env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        with (self.hub.data / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=folder, env=env or self.hub.env, stdout=log, stderr=log, start_new_session=True
            )

    def kill_web(self) -> None:
        self.hub.kill()
        self.hub.start()

    def kill_broker(self) -> None:
        assert self.broker is not None
        _kill(self.broker)
        self.start_broker()

    def kill_a_worker(self, dice: random.Random) -> None:
        name = dice.choice(sorted(self.workers))
        _kill(self.workers.pop(name))
        self.start_worker(name)

    def close(self) -> None:
        for process in (*self.workers.values(), self.broker):
            if process is not None and process.poll() is None:
                _kill(process)
        self.hub.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def machine() -> Iterator[Machine]:
    machine = Machine()
    try:
        machine.start()
        yield machine
    finally:
        machine.close()


def submit_all(machine: Machine, token: str, acknowledged: list[str]) -> None:
    """As a client would: try again until the hub says that it has the job."""
    body = json.dumps(REQUEST).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    while len(acknowledged) < JOBS:
        request = urllib.request.Request(f"{machine.hub.url}/api/v1/jobs", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                acknowledged.append(json.load(answer)["id"])
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError) and error.code < 500:
                raise
            time.sleep(0.2)


def states(machine: Machine) -> Counter[str]:
    rows = machine.hub.rows("SELECT state, COUNT(*) AS jobs FROM evals_app_job GROUP BY state")
    return Counter({row["state"]: row["jobs"] for row in rows})


@pytest.mark.slow
def test_it_loses_no_job_and_counts_none_twice_while_everything_is_killed(machine: Machine) -> None:
    token = machine.hub.manage("create_token", "alice", "--name", "t", "--scope", "write").splitlines()[-1]
    acknowledged: list[str] = []
    client = threading.Thread(target=submit_all, args=(machine, token, acknowledged), daemon=True)
    client.start()
    dice = random.Random(11)
    kills = [machine.kill_web, machine.kill_broker, lambda: machine.kill_a_worker(dice)] * KILLS_OF_EACH
    dice.shuffle(kills)
    for kill in kills:
        time.sleep(3 + 3 * dice.random())
        kill()
    client.join(timeout=600)
    deadline = time.monotonic() + 1_000
    while time.monotonic() < deadline and not set(states(machine)) <= {"succeeded", "failed"}:
        time.sleep(2)

    moves = machine.hub.rows(
        "SELECT job_id, to_state, COUNT(*) AS moves FROM evals_app_jobtransition GROUP BY job_id, to_state"
    )
    count = Counter({(str(row["job_id"]), row["to_state"]): row["moves"] for row in moves})
    jobs = {job for job, _state in count}
    charged = machine.hub.rows("SELECT SUM(jobs) AS jobs FROM evals_app_devicetime WHERE is_charged")
    again = sum(count[job, "running"] - 1 for job in jobs)
    by_whom = machine.hub.rows(
        "SELECT name, COUNT(*) AS jobs FROM evals_app_job JOIN evals_app_worker w ON w.id = worker_id "
        "GROUP BY name ORDER BY name"
    )
    counts = {row["name"]: row["jobs"] for row in by_whom}
    print(f"\n{counts}", end="")
    print(
        f"\n{len(acknowledged)} acknowledged, {len(jobs)} in the table; ended: {dict(states(machine))}; "
        f"charged: {charged[0]['jobs']}; attempts that a kill cost: {again}"
    )
    machine.hub.assert_web_never_failed()
    assert len(acknowledged) >= JOBS
    assert {job.replace("-", "") for job in acknowledged} <= {job.replace("-", "") for job in jobs}
    assert states(machine) == {"succeeded": len(jobs)}
    assert all(count[job, "succeeded"] == 1 for job in jobs)
    # Every further start follows a return to the queue; nothing ran in two places.
    assert all(count[job, "running"] == count[job, "queued"] for job in jobs)
    assert charged[0]["jobs"] == len(jobs)
    assert {"one@test", "two@test", LENT} <= set(counts), "each kind of worker did its part"
