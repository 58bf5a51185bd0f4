"""Container: fetch the image, run the command, pass on what it prints, say how it ended.

This engine stands outside the walls that others stand behind, since a runtime's client must reach the
runtime; it runs nothing itself. The walls are the container's.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from evals_app.engines import channel, failures, lifetime
from evals_app.engines.failures import Failure
from evals_app.engines.lifetime import Stopped
from evals_app.engines.workplace import Workplace
from walls import containers
from walls.containers import Container, Runtime

LOOK_SECONDS = 0.1
ANSWER_SECONDS = 30
KILLED = 128 + signal.SIGKILL
# Where the supervisor finds the process whose use it measures.
PROCESS = "container.pid"
STATE = "{{json .State}} {{.Image}}"


def run(place: Workplace) -> dict[str, Any]:
    """Raises Failure with a name, and Stopped when it was asked to end."""
    runtime, name = containers.read_told(os.environ[containers.TOLD])
    container = _container(place, name)
    channel.progress(0, None, f"Fetching {container.image}")
    _create(runtime, container)
    container.variables.unlink()
    lifetime.check()
    channel.progress(0, None, "Running")
    status = _attend(place, runtime, name)
    if lifetime.stop_requested():
        raise Stopped
    state, image = _state(runtime, name)
    _judge(runtime, status, state)
    return {"exit_code": 0, "image": container.image, "image_id": image}


def _container(place: Workplace, name: str) -> Container:
    secrets = dict(place.spec.pop("secret_values", {}))
    # They are needed once; the folder may lie there until another attempt.
    place.write("spec.json", place.spec)
    network = bool(place.spec.get("network"))
    variables = {
        "HOME": containers.SCRATCH,
        "TMPDIR": containers.SCRATCH,
        "JOB_ID": place.job,
        **({"HF_ENDPOINT": os.environ["HF_ENDPOINT"]} if network else {}),
        **place.spec["environment"],
        **secrets,
    }
    return Container(
        name=name,
        image=place.text("image"),
        command=tuple(place.spec["command"]),
        arguments=tuple(place.spec["arguments"]),
        variables=_write_variables(place.path("variables"), variables),
        network=network,
        cards=os.environ.get("CUDA_VISIBLE_DEVICES", "all") if place.spec["device"] == "gpu" else None,
    )


def _write_variables(path: Path, variables: dict[str, str]) -> Path:
    """Readable by this user alone, from the first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in variables.items())
    return path


def _create(runtime: Runtime, container: Container) -> None:
    """The image comes now, if it is not there; what the runtime says of it goes to the log."""
    process = subprocess.Popen(
        containers.create_command(runtime, container),
        env=containers.client_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    assert process.stderr
    last = ""
    for line in process.stderr:
        print(line, end="", flush=True)
        last = line.strip() or last
    if process.wait() == 0:
        return
    if lifetime.stop_requested():
        raise Stopped
    message = f"No container could be made of {container.image}. {last}"
    raise Failure(failures.NO_IMAGE, message[:1_000], is_ours=False)


def _attend(place: Workplace, runtime: Runtime, name: str) -> int:
    """Until it ends by itself; a SIGTERM reaches it through the client, the rest is its keeper's."""
    client = subprocess.Popen(
        [runtime.program, "start", "--attach", name],
        env=containers.client_environment(),
        stdin=subprocess.DEVNULL,
    )
    is_known = False
    while client.poll() is None:
        time.sleep(LOOK_SECONDS)
        if not is_known and (pid := _state(runtime, name)[0].get("Pid")):
            place.path(PROCESS).write_text(str(pid))
            is_known = True
    return client.returncode


def _state(runtime: Runtime, name: str) -> tuple[dict[str, Any], str]:
    """What the runtime says of the container, and the id of its image; empty when it says nothing."""
    try:
        done = subprocess.run(
            [runtime.program, "inspect", "--format", STATE, name],
            env=containers.client_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=ANSWER_SECONDS,
        )
        state, _, image = done.stdout.strip().rpartition(" ")
        return dict(json.loads(state)), image
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}, ""


def _judge(runtime: Runtime, status: int, state: dict[str, Any]) -> None:
    """Raises Failure unless the command ended with 0, as both the client and the runtime have it."""
    size = f"{runtime.memory_bytes / 1e6:,.0f} MB"
    if state.get("OOMKilled"):
        message = f"The command used more than the {size} of memory that it may have here."
        raise Failure(failures.MEMORY_LIMIT, message, is_ours=False)
    code = status or int(state.get("ExitCode") or 0)
    if code == 0 and state:
        return
    if code < 0:
        raise Failure(failures.ENGINE_ERROR, f"The container runtime's client was ended by signal {-code}.")
    if not state:
        raise Failure(failures.ENGINE_ERROR, "The container runtime did not tell how the command ended.")
    message = f"The command ended with status {code}{_signal(code)}."
    if code == KILLED:
        # Not every runtime notices that the kernel did it for want of memory.
        message += f" It may have wanted more than the {size} of memory that it may have here."
    raise Failure(failures.COMMAND_FAILED, message, is_ours=False)


def _signal(code: int) -> str:
    """As shells tell of a signal."""
    try:
        return f" ({signal.Signals(code - 128).name})"
    except ValueError:
        return ""
