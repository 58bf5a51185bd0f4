"""Containers by a runtime's command line, as far as podman and docker have it in common: how one is made
without any rights, and how it surely goes.

A container is no child of whoever starts it: killing processes leaves it running. So each has a *keeper*, a
process that removes it as soon as its supervisor lets go, on purpose or by dying.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import re
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from walls import building, processes

log = logging.getLogger(__name__)

# The engine's part of a worker's conditions, as JSON.
TOLD = "LLMOS_CONTAINER"
# What the runtime's own client needs to find its storage, its server and its registries' passwords.
CLIENT = (
    *("PATH", "HOME", "USER", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "REGISTRY_AUTH_FILE"),
    *("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "CONTAINER_HOST"),
    *("DBUS_SESSION_BUS_ADDRESS", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
)
BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from walls import containers; containers.keep(*sys.argv[1:])"  # noqa: E501
NAME = re.compile(r"llmos-(\w*)-(\d+)-(\d+)-[0-9a-f-]{36}")
SCRATCH = "/tmp"  # noqa: S108  inside
# Of a user, over all containers: what one may start is limited by itself.
MOST_FILES, MOST_OF_USER = 65_536, 32_768
ANSWER_SECONDS = 30
# A server that is busy with images may take this long to remove a container.
REMOVE_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """A program that is called like podman or docker, what it calls itself (`told`), and what a container
    may use. `cpus` of 0 are all."""

    program: str
    told: str
    memory_bytes: int
    disk_bytes: int
    processes: int
    cpus: int = 0
    network: bool = False

    @property
    def is_podman(self) -> bool:
        return "podman" in self.told.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """`cards` as CUDA_VISIBLE_DEVICES has them, `all`, or None for no card. `variables` is a file with a line
    for each environment variable, so that no secret stands in a command line."""

    name: str
    image: str
    command: tuple[str, ...]
    arguments: tuple[str, ...]
    variables: Path
    network: bool
    cards: str | None


def ask(program: str) -> str:
    """What a runtime calls itself; empty when it is not there or does not answer."""
    try:
        done = subprocess.run(
            [program, "--version"],
            env=client_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=ANSWER_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("the container runtime %s does not answer: %s", program, error)
        return ""
    return done.stdout.strip().partition("\n")[0][:80]


def client_environment() -> dict[str, str]:
    """Of the runtime's client; a container inherits nothing of it."""
    kept = {name: os.environ[name] for name in CLIENT if name in os.environ}
    lower = {name.lower(): os.environ[name.lower()] for name in CLIENT if name.lower() in os.environ}
    return {"PATH": os.defpath, **lower, **kept}


def told_to_engine(runtime: Runtime, name: str) -> str:
    return json.dumps({"name": name, "runtime": asdict(runtime)})


def read_told(text: str) -> tuple[Runtime, str]:
    told = json.loads(text)
    return Runtime(**told["runtime"]), told["name"]


def create_command(runtime: Runtime, container: Container) -> list[str]:
    """Makes the container and fetches its image where it is missing; nothing runs yet."""
    return [
        *(runtime.program, "create", "--name", container.name),
        *("--cap-drop=all", "--security-opt=no-new-privileges", "--user=65534:65534"),
        "--read-only",
        f"--tmpfs={SCRATCH}:rw,exec,nosuid,nodev,size={runtime.disk_bytes},mode=1777",
        *_limits(runtime),
        *(() if runtime.network and container.network else ("--network=none",)),
        # Its output goes to the job's log, which is bounded; the runtime keeps none.
        *("--log-driver=none", "--stop-timeout=1"),
        *(("--read-only-tmpfs=false", "--http-proxy=false") if runtime.is_podman else ()),
        *_cards(runtime, container.cards),
        f"--env-file={container.variables}",
        *(f"--entrypoint={word}" for word in container.command[:1]),
        container.image,
        *container.command[1:],
        *container.arguments,
    ]


def _limits(runtime: Runtime) -> list[str]:
    """Of everything that a kernel counts. Limits of open files and of a user's processes are told, since
    runtimes would otherwise ask for more than a worker may have."""
    files = _at_most(resource.RLIMIT_NOFILE, MOST_FILES)
    of_user = _at_most(resource.RLIMIT_NPROC, MOST_OF_USER)
    return [
        f"--memory={runtime.memory_bytes}b",
        f"--memory-swap={runtime.memory_bytes}b",
        f"--shm-size={runtime.memory_bytes}b",
        f"--pids-limit={runtime.processes}",
        *((f"--cpus={runtime.cpus}",) if runtime.cpus else ()),
        f"--ulimit=nofile={files}:{files}",
        f"--ulimit=nproc={of_user}:{of_user}",
        "--ulimit=core=0:0",
    ]


def _at_most(kind: int, most: int) -> int:
    """Of what this process itself may have."""
    hard = resource.getrlimit(kind)[1]
    return most if hard == resource.RLIM_INFINITY else min(most, hard)


def _cards(runtime: Runtime, cards: str | None) -> list[str]:
    """Podman takes names of the Container Device Interface, docker has an option of its own."""
    if not cards:
        return []
    if runtime.is_podman:
        return [f"--device=nvidia.com/gpu={card.strip()}" for card in cards.split(",")]
    return ["--gpus=all" if cards == "all" else f'--gpus="device={cards}"']


# --- The end ------------------------------------------------------------------------------------------


def new_name(job: str) -> str:
    """Names the machine and the process that answers for it, so that a later one can tell its leftovers."""
    return f"llmos-{_machine()}-{processes.new_mark(job).replace(':', '-')}"


def _machine() -> str:
    return re.sub(r"\W|_", "", platform.node(), flags=re.ASCII)[:40]


@dataclass(frozen=True, slots=True)
class Keeper:
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, program: str, name: str) -> Keeper:
        """Raises OSError. In a group of its own, so that what ends its supervisor's group spares it."""
        return cls(
            subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", BOOT, str(building.code_root()), program, name],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env=client_environment(),
                process_group=0,
            )
        )

    def let_go(self) -> None:
        """Returns when the container is gone."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(2 * REMOVE_SECONDS)
        except subprocess.TimeoutExpired:
            log.exception("a container could not be removed")
            self.process.kill()
            self.process.wait()


def keep(program: str, name: str) -> None:
    """The keeper's whole life. Its input ends when the supervisor closes it or is no more."""
    sys.stdin.buffer.read()
    remove(program, name)


def remove(program: str, name: str) -> None:
    """Kills and removes it; nothing happens when there is none."""
    # Removing alone would wait for a podman container to end by itself.
    for words in (("kill", name), ("rm", "--force", "--volumes", name)):
        try:
            subprocess.run(
                [program, *words],
                env=client_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=REMOVE_SECONDS,
            )
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("container %s: %s", name, error)


def remove_leftovers(program: str) -> list[str]:
    """Containers of supervisors of this machine that are no more, left when even their keeper was killed."""
    try:
        done = subprocess.run(
            [program, "ps", "--all", "--filter", "name=llmos-", "--format", "{{.Names}}"],
            env=client_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=ANSWER_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("the container runtime %s does not tell its containers: %s", program, error)
        return []
    found = [match for name in done.stdout.split() if (match := NAME.fullmatch(name))]
    left = [m[0] for m in found if m[1] == _machine() and not processes.answers(f"{m[2]}:{m[3]}")]
    for name in left:
        remove(program, name)
    return left
