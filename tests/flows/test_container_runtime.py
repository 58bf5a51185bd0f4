"""Containers by a real runtime, as `hf jobs` asks for them: podman or docker, where one runs here.

`HUB_TEST_CONTAINER_RUNTIME` names another program that is called like them. The image is made here, of
Debian's busybox-static: nothing is fetched.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.test_jobs_command import HF, Run, job_of
from tests.flows.test_containers import PREPARE, SECRET
from tests.live import LiveHub

BUSYBOX = Path("/bin/busybox")
IMAGE = "localhost/llmos-test:1"
TOOLS = ("sh", "echo", "sleep", "id", "env", "touch", "ls", "wc", "grep", "cat")
SCRIPT = """
echo hello; id -u; printf %s "$KEY" | wc -c; grep CapEff /proc/self/status
touch /x || echo read-only; touch /tmp/x && echo scratch; ls /sys/class/net
"""
CHOICES = [os.environ.get("HUB_TEST_CONTAINER_RUNTIME"), "podman", "docker"]
PROGRAM = next((found for name in CHOICES if name and (found := shutil.which(name))), "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not PROGRAM or not BUSYBOX.exists(), reason="needs podman or docker, and busybox-static"
    ),
]


def root_of_image() -> bytes:
    """A root folder with one program under its many names."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(BUSYBOX.resolve(), "bin/busybox")
        for tool in TOOLS:
            link = tarfile.TarInfo(f"bin/{tool}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for name in ("tmp", "proc", "sys", "dev", "etc"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
    return archive.getvalue()


def runtime(*words: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([PROGRAM, *words], input=data, capture_output=True, timeout=120)


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    made = runtime("import", "-", IMAGE, data=root_of_image())
    limits = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "--network=none")
    if made.returncode or runtime("run", "--rm", *limits, IMAGE, "echo").returncode:
        pytest.skip(f"{PROGRAM} runs no containers here: {made.stderr.decode()[-200:]}")
    yield IMAGE
    runtime("rmi", "--force", IMAGE)


@pytest.fixture(scope="module")
def hf(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """`hf jobs …` against a hub with the worker that `make run` starts."""
    hub = LiveHub(
        extra_env={
            "HUB_CONTAINER_RUNTIME": PROGRAM,
            "HUB_CONTAINER_IMAGES": f"{image.rpartition(':')[0]}:*",
            "HUB_CONTAINER_MEMORY_MB": "64",
            "HUB_CONTAINER_DISK_MB": "16",
            "HUB_ENGINE_PYTHON": sys.executable,
            "HUB_JOB_HEARTBEAT_SECONDS": "1",
        }
    )
    try:
        hub.start()
        token = hub.manage("shell", "--command", PREPARE).split()[-1]
        hub.start_workers(beat=False)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "PYTEST_"))}
        home = str(tmp_path_factory.mktemp("home"))
        env = {**kept, "HF_ENDPOINT": hub.url, "HF_TOKEN": token, "HF_HOME": home, "NO_COLOR": "1"}

        def run(*words: str, fails: bool = False) -> str:
            done = subprocess.run(
                [HF, "jobs", *words],
                env={**env, "HF_HUB_DISABLE_UPDATE_CHECK": "1"},
                capture_output=True,
                text=True,
                timeout=200,
            )
            assert bool(done.returncode) == fails, f"{words}: {done.stdout}\n{done.stderr}"
            return done.stdout + done.stderr

        yield run
    finally:
        hub.close()


def test_a_command_has_a_place_of_its_own_and_no_rights(hf: Run, image: str) -> None:
    job = job_of(hf("run", "--detach", "--secrets", f"KEY={SECRET}", image, "sh", "-c", SCRIPT))
    hf("wait", job)
    lines = hf("logs", job).splitlines()
    for line in ("hello", "65534", str(len(SECRET)), "read-only", "scratch", "lo"):
        assert line in lines, lines
    assert "CapEff:\t0000000000000000" in lines
    assert "eth0" not in lines
    told = hf("inspect", job, "--format", "json")
    assert json.loads(told)[0]["status"]["stage"] == "COMPLETED"
    assert SECRET not in told
    assert job in hf("ps", "-a", "--format", "json")
    assert job not in runtime("ps", "--all").stdout.decode()


def test_how_it_ends_is_told(hf: Run, image: str) -> None:
    job = job_of(hf("run", "--detach", image, "sh", "-c", "exit 7"))
    assert "status 7" in hf("wait", job, fails=True) + hf("inspect", job, "--format", "json")
    assert "does not allow the image" in hf("run", "ubuntu:22.04", "echo", fails=True)


def test_it_is_watched_and_cancelled(hf: Run, image: str) -> None:
    job = job_of(
        hf("run", "--detach", image, "sh", "-c", "trap '' TERM; echo begun; while :; do sleep 1; done")
    )
    deadline = time.monotonic() + 90
    while job not in (seen := hf("stats", job)) or "No stats" in seen:
        assert time.monotonic() < deadline
    assert job in runtime("ps", "--format", "{{.Names}}").stdout.decode()
    hf("cancel", job)
    assert "CANCELED" in hf("wait", job, fails=True) + hf("inspect", job)
    assert job not in runtime("ps", "--all", "--format", "{{.Names}}").stdout.decode()
