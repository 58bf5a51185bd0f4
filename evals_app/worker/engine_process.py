"""An engine as a child process: its surroundings, its limits, its end."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

EVENTS = 3
PR_SET_PDEATHSIG = 1
MAX_FILE_BYTES = 500_000_000_000
# Loaded here, not between fork and exec, where almost nothing is safe.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends, however it ends."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass(slots=True)
class EngineProcess:
    """`events` and `output` are the reading ends of its pipes, non-blocking."""

    process: subprocess.Popen[bytes]
    events: int
    output: int

    @property
    def has_ended(self) -> bool:
        """Leaves the ended process unreaped, so that its number cannot pass to another before `sweep`."""
        if self.process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

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
        """Kill what the engine left behind, and wait for it. A negative status means a signal."""
        if self.process.returncode is None:
            self._signal_group(signal.SIGKILL)
        return self.process.wait()

    def close(self) -> None:
        os.close(self.events)
        os.close(self.output)


def start(kind: str, folder: Path, token: str) -> EngineProcess:
    """Raises OSError when the interpreter cannot be started."""
    _keep_descriptor_three_taken()
    events_read, events_write = os.pipe2(os.O_CLOEXEC)
    output_read, output_write = os.pipe2(os.O_CLOEXEC)
    try:
        process = subprocess.Popen(
            [settings.ENGINE_PYTHON, "-m", "evals_app.engines", kind, str(folder)],
            cwd=folder,
            env=environment(folder, token),
            stdin=subprocess.DEVNULL,
            stdout=output_write,
            stderr=output_write,
            pass_fds=(EVENTS,),
            start_new_session=True,
            # Runs in a process that has forked from a worker without threads of its own.
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
    return EngineProcess(process, events_read, output_read)


def environment(folder: Path, token: str) -> dict[str, str]:
    """All that an engine gets of the surroundings: nothing of the hub's own secrets."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")
        if name in os.environ
    }
    return {
        "PATH": os.defpath,
        **kept,
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(settings.BASE_DIR),
        # Nothing in the working directory may pass for a module.
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HF_ENDPOINT": settings.ENGINE_HUB_URL,
        "HF_TOKEN": token,
        "HF_HOME": str(folder / "hf"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "DISABLE_SAFETENSORS_CONVERSION": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(threads()),
    }


def threads() -> int:
    """What an engine may use of this machine's processors."""
    return settings.ENGINE_THREADS or len(os.sched_getaffinity(0))


def folder_for(job_id: object) -> Path:
    folder = Path(settings.WORK_DIR) / str(job_id)
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    return folder


def remove_folder(job_id: object) -> None:
    shutil.rmtree(Path(settings.WORK_DIR) / str(job_id), ignore_errors=True)


def _keep_descriptor_three_taken() -> None:
    """So that none of the pipes below can be descriptor 3 itself, which the child replaces."""
    while (descriptor := os.open(os.devnull, os.O_RDONLY)) <= EVENTS:
        pass
    os.close(descriptor)


def _prepare(supervisor: int, events_write: int) -> Callable[[], None]:
    memory = settings.ENGINE_MEMORY_BYTES

    def prepare() -> None:
        die_with_parent()
        if os.getppid() != supervisor:
            os._exit(1)
        os.dup2(events_write, EVENTS, inheritable=True)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        # A supervisor that ignores or blocks signals must not hand that on.
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    return prepare
