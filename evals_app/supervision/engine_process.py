"""An engine as a child process: its surroundings, its limits, its walls, its end."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evals_app.supervision.conditions import Conditions
from walls import building, containers, kernel, processes
from walls.bubblewrap import Room
from walls.building import Builder
from walls.containers import Keeper
from walls.inside import Order
from walls.way import Way

log = logging.getLogger(__name__)

EVENTS = 3
MAX_FILE_BYTES = 500_000_000_000
# Above what is watched, for a leap between two looks.
MEMORY_SLACK = 1.25
# Where the way to the hub begins inside, unless the hub's own address can be used as it is.
INNER_PORT = 3128
STOPPED = 128 + signal.SIGTERM
# Asks other hubs, which this hub allowed; it runs nobody's code and loads no model.
NEEDS_NETWORK = frozenset({"pull"})
# Its engine only calls the container runtime; the walls are the container's.
CONTAINER = "container"
# Where a worker names the authorities that vouch for its hub, its engines believe the same ones.
AUTHORITIES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@dataclass(slots=True)
class EngineProcess:
    """`events` and `output` are the reading ends of its pipes, non-blocking."""

    process: subprocess.Popen[bytes]
    events: int
    output: int
    mark: str
    is_enclosed: bool = False
    way: Way | None = None
    keeper: Keeper | None = None

    @property
    def has_ended(self) -> bool:
        """Leaves the ended process unreaped, so that its number cannot pass to another before `sweep`."""
        if self.process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    @property
    def memory(self) -> int:
        """Resident bytes of all its processes together."""
        return processes.memory_of(processes.tree(self.process.pid))

    def _signal_group(self, number: int) -> None:
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            pass

    def end(self, grace_seconds: float) -> int:
        """SIGTERM to the whole group, and SIGKILL to whatever is left after the grace."""
        self._signal_group(signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        while not self.has_ended and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.sweep()

    def sweep(self) -> int:
        """Kill what the engine left behind, wherever it went, and wait. A negative status means a signal."""
        if self.process.returncode is None:
            self._signal_group(signal.SIGKILL)
            if self.keeper is not None:
                # Before the rest: what a runtime left beside the container ends with it.
                self.keeper.let_go()
            if left := processes.end_all(self.process.pid, self.mark):
                log.error("processes %s of an ended engine cannot be killed", sorted(left))
        status = self.process.wait()
        # A room tells of a signal inside it as a shell would.
        return 128 - status if self.is_enclosed and status > 128 and status != STOPPED else status

    def close(self) -> None:
        os.close(self.events)
        os.close(self.output)
        if self.way is not None:
            self.way.close()


def start(kind: str, folder: Path, token: str, conditions: Conditions) -> EngineProcess:
    """Raises OSError when the interpreter cannot be started."""
    if shutil.which(conditions.python) is None:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    if kind == CONTAINER:
        return _start_for_container(folder, token, conditions)
    walls = conditions.walls
    needs_way = walls.builder == Builder.BUBBLEWRAP and kind not in NEEDS_NETWORK
    way = Way.open(conditions.hub_address, conditions.other_hosts) if needs_way else None
    mark = processes.new_mark(folder.name)
    try:
        process, events, output = _spawn(
            _command(kind, folder, conditions, way), folder, environment(folder, token, mark, conditions, way)
        )
    except OSError:
        if way is not None:
            way.close()
        raise
    return EngineProcess(process, events, output, mark, walls.builder == Builder.BUBBLEWRAP, way)


def _start_for_container(folder: Path, token: str, conditions: Conditions) -> EngineProcess:
    runtime = conditions.containers
    if runtime is None:
        raise OSError(errno.ENOENT, "this worker has no container runtime")
    mark, name = processes.new_mark(folder.name), containers.new_name(folder.name)
    keeper = Keeper.start(runtime.program, name)
    surroundings = {
        **environment(folder, token, mark, conditions, None),
        **containers.client_environment(),
        containers.TOLD: containers.told_to_engine(runtime, name),
    }
    try:
        process, events, output = _spawn(_program(CONTAINER, folder, conditions), folder, surroundings)
    except OSError:
        keeper.let_go()
        raise
    return EngineProcess(process, events, output, mark, keeper=keeper)


def _program(kind: str, folder: Path, conditions: Conditions) -> list[str]:
    return [conditions.python, "-m", "evals_app.engines", kind, str(folder)]


def _spawn(
    command: list[str], folder: Path, surroundings: dict[str, str]
) -> tuple[subprocess.Popen[bytes], int, int]:
    _keep_descriptor_three_taken()
    events_read, events_write = os.pipe2(os.O_CLOEXEC)
    output_read, output_write = os.pipe2(os.O_CLOEXEC)
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=output_write,
            stderr=output_write,
            pass_fds=(EVENTS,),
            start_new_session=True,
            # Runs in a process that has no threads of its own.
            preexec_fn=_prepare(os.getpid(), events_write),  # noqa: PLW1509
        )
    except OSError:
        os.close(events_read)
        os.close(output_read)
        raise
    finally:
        os.close(events_write)
        os.close(output_write)
    os.set_blocking(events_read, False)
    os.set_blocking(output_read, False)
    return process, events_read, output_read


def _command(kind: str, folder: Path, conditions: Conditions, way: Way | None) -> list[str]:
    room = Room(
        folder,
        readable=(
            *_paths_of(conditions.python),
            *conditions.readable,
            *map(Path, set(_authorities().values())),
            *((way.folder,) if way else ()),
        ),
        devices=tuple(sorted(Path("/dev").glob("nvidia*"))),
        has_network=kind in NEEDS_NETWORK,
    )
    order = Order(
        memory_bytes=int(conditions.memory_bytes * MEMORY_SLACK),
        file_bytes=MAX_FILE_BYTES,
        ports=None if kind in NEEDS_NETWORK else (conditions.hub_port, *_ports(conditions.other_hosts)),
        hub_socket=str(way.socket) if way else "",
        hub_port=_inner_port(conditions),
    )
    return building.enclose(conditions.walls, room, order, _program(kind, folder, conditions))


def _inner_port(conditions: Conditions) -> int:
    return conditions.hub_port if conditions.hub_is_here and conditions.hub_port >= 1024 else INNER_PORT


def _ports(hosts: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(int(port) for _, _, port in (host.rpartition(":") for host in hosts) if port.isdecimal())


def _paths_of(python: str) -> tuple[Path, ...]:
    """What an interpreter consists of: its virtual environment and the installation behind that."""
    path = Path(shutil.which(python) or python).absolute()
    folder = path.parent.parent
    if not (folder / "pyvenv.cfg").exists():
        return (path,)
    base = Path(os.path.realpath(path)).parent.parent
    return (folder, base) if base != Path("/usr") else (folder,)


def environment(
    folder: Path, token: str, mark: str, conditions: Conditions, way: Way | None
) -> dict[str, str]:
    """All that an engine gets of the surroundings: nothing of the hub's own secrets."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")
        if name in os.environ
    }
    if conditions.cards is not None:
        kept["CUDA_VISIBLE_DEVICES"] = conditions.cards
    if conditions.allows_unwalled_code:
        kept["LLMOS_ALLOW_UNWALLED_CODE"] = "1"
    return {
        "PATH": os.defpath,
        **kept,
        "HOME": str(folder),
        "USER": "engine",
        "TMPDIR": str(folder / "tmp"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(building.code_root()),
        # Nothing in the working directory may pass for a module.
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HF_ENDPOINT": conditions.hub_url,
        "HF_TOKEN": token,
        "HF_HOME": str(folder / "hf"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "DISABLE_SAFETENSORS_CONVERSION": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(conditions.threads or len(os.sched_getaffinity(0))),
        processes.MARK: mark,
        **_authorities(),
        **(_proxy(conditions.hub_host) if way and _inner_port(conditions) != conditions.hub_port else {}),
    }


def _authorities() -> dict[str, str]:
    """Two names for one file: clients of either kind read one of them."""
    told = next((os.environ[name] for name in AUTHORITIES if os.environ.get(name)), "")
    return dict.fromkeys(AUTHORITIES, str(Path(told).absolute())) if told else {}


def _proxy(hub_host: str) -> dict[str, str]:
    address = f"http://127.0.0.1:{INNER_PORT}"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    inside = [name for name in ("127.0.0.1", "localhost") if name != hub_host]
    return {**dict.fromkeys(names, address), "NO_PROXY": ",".join(inside)}


def folder_for(job_id: object, conditions: Conditions) -> Path:
    folder = conditions.work_dir / str(job_id)
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    return folder


def remove_folder(job_id: object, work_dir: Path) -> None:
    shutil.rmtree(work_dir / str(job_id), ignore_errors=True)


def size_of(folder: Path) -> int:
    """Bytes that a folder takes on the disk; what disappears meanwhile does not count."""
    size = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.lstat(os.path.join(root, name)).st_blocks * 512  # noqa: PTH118  many files
            except OSError:
                continue
    return size


def _keep_descriptor_three_taken() -> None:
    """So that none of the pipes can be descriptor 3 itself, which the child replaces."""
    while (descriptor := os.open(os.devnull, os.O_RDONLY)) <= EVENTS:
        pass
    os.close(descriptor)


def _prepare(supervisor: int, events_write: int) -> Callable[[], None]:
    def prepare() -> None:
        kernel.die_with_parent()
        if os.getppid() != supervisor:
            os._exit(1)
        os.dup2(events_write, EVENTS, inheritable=True)
        # What stands between must not end when the engine is asked to; its last step undoes this.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # A supervisor that ignores or blocks signals must not hand that on.
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    return prepare
