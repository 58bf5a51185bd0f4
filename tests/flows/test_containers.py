"""Containers of members' choice: the newest client, a real worker process, and a runtime that is a double."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi, JobInfo
from huggingface_hub.errors import HfHubHTTPError

from tests.flows.test_jobs import after_sweep, is_alive, job_row, wait_until
from tests.flows.test_workers import Machine
from tests.live import ROOT, LiveHub

SECRET = "s3cret-value"
PREPARE = """
from tests.factories.accounts import make_token, make_user
from tests.factories.jobs import make_queues
alice = make_user("alice")
make_queues()
print("token", make_token(alice))
"""


class Runtime:
    """The double, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.program = folder / "podman"
        shutil.copy(ROOT / "tests" / "flows" / "runtime_double.py", self.program)
        (folder / "containers").mkdir()

    @property
    def orders(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.program.parent / "orders").read_text().splitlines()]

    def containers(self) -> list[Path]:
        return list((self.program.parent / "containers").glob("*.json"))

    def pid_of(self, job: str) -> int:
        """Of the process in the job's container; 0 while there is none."""
        found = [path for path in self.containers() if path.stem.endswith(job)]
        return max((int(json.loads(path.read_text())["pid"]) for path in found), default=0)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return Runtime(tmp_path_factory.mktemp("runtime"))


@pytest.fixture(scope="module")
def hub(runtime: Runtime) -> Iterator[LiveHub]:
    own = LiveHub(
        extra_env={
            "HUB_CONTAINER_RUNTIME": str(runtime.program),
            "HUB_CONTAINER_IMAGES": "docker.io/library/*",
            "HUB_ENGINE_PYTHON": sys.executable,
            "HUB_JOB_HEARTBEAT_SECONDS": "1",
            "HUB_JOB_LEASE_SECONDS": "4",
        }
    )
    try:
        yield own.start()
    finally:
        own.close()


@pytest.fixture(scope="module")
def api(hub: LiveHub) -> HfApi:
    token = hub.manage("shell", "--command", PREPARE).split()[-1]
    return HfApi(hub.url, token=token)


@pytest.fixture(scope="module")
def worker(hub: LiveHub, api: HfApi, tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> Any:
    """A machine whose worker was told of the runtime."""
    machine = Machine(hub, tmp_path_factory.mktemp("machines") / "there", "there", python=sys.executable)
    machine.start("--container-runtime", str(runtime.program))
    yield machine
    machine.end()


def stage(api: HfApi, job: JobInfo, *stages: str, seconds: float = 40) -> JobInfo:
    deadline = time.monotonic() + seconds
    while (seen := api.inspect_job(job_id=job.id)).status.stage not in stages:
        assert time.monotonic() < deadline, seen
        time.sleep(0.2)
    return seen


def run(api: HfApi, script: str, **given: Any) -> JobInfo:
    return api.run_job(**{"image": "busybox:1.35", "command": ["sh", "-c", script], **given})


@pytest.mark.usefixtures("worker")
def test_a_command_runs_with_its_variables_and_no_rights(hub: LiveHub, api: HfApi, runtime: Runtime) -> None:
    script = 'echo hello $WHO; printf %s "$KEY" | wc -c; env | grep -c LLMOS_ || true'
    job = run(api, script, env={"WHO": "world"}, secrets={"KEY": SECRET}, timeout="5m", labels={"a": "b"})
    assert (ended := stage(api, job, "COMPLETED", "ERROR")).status.stage == "COMPLETED", ended
    log = list(api.fetch_job_logs(job_id=job.id))
    assert [line for line in log if line.startswith(("hello", "12", "0"))] == ["hello world", "12", "0"]
    order = next(words for words in runtime.orders if any(job.id in word for word in words))
    for option in ("--cap-drop=all", "--security-opt=no-new-privileges", "--read-only", "--network=none"):
        assert option in order
    assert {"--user=65534:65534", "--pids-limit=512", "--memory=4096000000b"} <= set(order)
    assert order[-3:] == ["docker.io/library/busybox:1.35", "-c", script]
    told = api.inspect_job(job_id=job.id)
    assert (told.docker_image, told.environment) == ("docker.io/library/busybox:1.35", {"WHO": "world"})
    assert list(told.secrets or {}) == ["KEY"]
    assert SECRET not in json.dumps([*runtime.orders, *log, told.__dict__], default=str)
    assert SECRET not in str(hub.rows("SELECT * FROM evals_app_job"))
    assert runtime.containers() == []


@pytest.mark.usefixtures("worker")
def test_how_a_command_ends_is_how_its_job_ends(hub: LiveHub, api: HfApi) -> None:
    failed, missing = run(api, "exit 3"), run(api, "true", image="nothing:1")
    told = stage(api, failed, "ERROR")
    assert "status 3" in (told.status.message or "")
    assert job_row(hub, failed.id)["error_code"] == "command-failed"
    assert "not found" in (stage(api, missing, "ERROR").status.message or "")
    assert job_row(hub, missing.id)["error_code"] == "no-image"
    with pytest.raises(HfHubHTTPError, match="does not allow the image"):
        run(api, "true", image="quay.io/other/image")


@pytest.mark.usefixtures("worker")
def test_cancelling_leaves_nothing_of_it(hub: LiveHub, api: HfApi, runtime: Runtime) -> None:
    job = run(api, "trap '' TERM; echo begun; while true; do sleep 1; done")
    pid = wait_until(lambda: runtime.pid_of(job.id), hub)
    wait_until(lambda: "begun" in list(api.fetch_job_logs(job_id=job.id)), hub)
    api.cancel_job(job_id=job.id)
    stage(api, job, "CANCELED", seconds=10)
    assert not is_alive(pid)
    assert runtime.containers() == []


@pytest.mark.slow
def test_a_killed_worker_takes_its_containers_along(
    hub: LiveHub, api: HfApi, runtime: Runtime, worker: Machine
) -> None:
    job = run(api, "sleep 300")
    pid = wait_until(lambda: runtime.pid_of(job.id), hub)
    worker.end(signal.SIGKILL)
    wait_until(lambda: not is_alive(pid) and not runtime.containers(), hub, seconds=10)
    # As if the keeper had been killed, too: the number is that of no process.
    [name] = {word for words in runtime.orders for word in words if word.endswith(job.id)}
    parts = name.split("-", 4)
    left = runtime.program.parent / "containers" / f"{'-'.join([*parts[:3], '1', parts[4]])}.json"
    of_others = left.with_name(f"llmos-elsewhere-1-1-{job.id}.json")
    for path in (left, of_others):
        path.write_text(json.dumps({"pid": 0, "status": "exited", "exit": 0}))
    worker.start()
    # Without the option it takes no containers, and clears nothing away.
    wait_until(
        lambda: "registered" in (hub.data / "worker-there.log").read_text().rpartition("refuse")[2], hub
    )
    wait_until(lambda: after_sweep(hub, job.id, "queued"), hub)
    waits = wait_until(
        lambda: (m := api.inspect_job(job_id=job.id).status.message) and "runs containers" in m and m, hub
    )
    assert "No worker that serves" in waits
    assert left.exists()
    worker.end(signal.SIGTERM)
    worker.start("--container-runtime", str(runtime.program))
    wait_until(lambda: runtime.pid_of(job.id), hub)
    assert not left.exists()
    assert of_others.exists()
    of_others.unlink()
    api.cancel_job(job_id=job.id)
    stage(api, job, "CANCELED", seconds=10)
