"""Programs that are started by forking a process which has imported what they need: some milliseconds each,
where a new interpreter with a library for tables takes a quarter of a second.

A `Forker` and the process that it starts, `main`, talk over one socket: a module's name with the two ends of
the pipes, answered with a handle on the child. That process imports the module once, and reads nothing that
is not trusted; each of its children puts up its own walls. It ends with whoever started it, and after a while
without work.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

IDLE_SECONDS = 600
# The first start of a module imports it.
ANSWER_SECONDS = 60
MAX_NAME = 1000
STARTED, UNFIT = b"started", b"unfit"

Run = Callable[[str], None]


class CannotFork(Exception):
    """The program has to be started another way."""


class Forker:
    """Starts programs by one process that it keeps; any thread may ask. `command` runs `main` with the number
    of the socket behind it."""

    def __init__(self, command: Sequence[str], environ: dict[str, str]) -> None:
        self._command, self._environ = command, environ
        self._lock = threading.Lock()
        self._way: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        # A process that was itself forked must not speak on its parent's socket.
        self._owner = 0
        self._unfit: set[str] = set()

    def start(self, module: str, stdin: int, stdout: int) -> int:
        """A handle (pidfd) on the process that runs `module` on these pipes. Raises CannotFork."""
        if module in self._unfit:
            raise CannotFork(module)
        with self._lock:
            # The process may have ended for want of work just now.
            for _attempt in range(2):
                with suppress(OSError):
                    return self._ask(module, stdin, stdout)
                self._drop()
        raise CannotFork(module)

    def _ask(self, module: str, stdin: int, stdout: int) -> int:
        way = self._connected()
        socket.send_fds(way, [module.encode()], [stdin, stdout])
        answer, handles, _flags, _from = socket.recv_fds(way, len(STARTED), 1)
        if answer == UNFIT:
            self._unfit.add(module)
            raise CannotFork(module)
        if not handles:
            raise ConnectionError
        return handles[0]

    def _connected(self) -> socket.socket:
        if self._way is None or self._owner != os.getpid():
            self._drop()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(
                    [*self._command, str(theirs.fileno())],
                    cwd="/",
                    env=self._environ,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
            ours.settimeout(ANSWER_SECONDS)
            self._way, self._owner = ours, os.getpid()
        return self._way

    def _drop(self) -> None:
        if self._way is not None:
            self._way.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._way = self._process = None


def main(number: str, run: Run) -> None:
    """Answer on the socket of this number; a child is `run` with the name of its module."""
    way = socket.socket(fileno=int(number))
    way.settimeout(IDLE_SECONDS)
    signal.signal(signal.SIGCHLD, _reap)
    while True:
        try:
            name, pipes, _flags, _from = socket.recv_fds(way, MAX_NAME, 2)
        except TimeoutError:
            return
        if not name:
            return
        _serve(way, name.decode(), pipes, run)
        for pipe in pipes:
            os.close(pipe)


def _serve(way: socket.socket, module: str, pipes: Sequence[int], run: Run) -> None:
    if not _is_ready(module):
        way.send(UNFIT)
        return
    # A child that ended at once is there, to be taken hold of, until this is over.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    child = os.fork()
    if child == 0:
        way.close()
        _become(module, pipes, run)
    handle = os.pidfd_open(child)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    socket.send_fds(way, [STARTED], [handle])
    os.close(handle)


def _is_ready(module: str) -> bool:
    """Imported, and no thread beside this one: its locks would be held for ever in a child, and a wall that a
    child puts up stands around one thread."""
    try:
        importlib.import_module(module)
    except Exception:  # noqa: BLE001 - whatever it is, a new interpreter will meet it, too
        return False
    return sum(1 for _thread in Path("/proc/self/task").iterdir()) == 1


def _become(module: str, pipes: Sequence[int], run: Run) -> None:
    """Never returns."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        for target, pipe in enumerate(pipes):
            os.dup2(pipe, target)
            os.close(pipe)
        # It runs as a program of its own, not as the module that was imported for it.
        del sys.modules[module]
        run(module)
        sys.stdout.flush()
        status = 0
    finally:
        os._exit(status)


def _reap(*_: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
