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
ANSWER_SECONDS = 10
# Whoever waits longer starts an interpreter.
TURN_SECONDS = 2
# Children have the addresses of the process they come from: one that crashed may have been made to, and
# guesses must not be tried again and again.
CRASHES = frozenset({signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGABRT, signal.SIGFPE})
MOST_CHILDREN = 1000
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
        self._unfit: set[str] = set()
        os.register_at_fork(after_in_child=self._forget)

    def start(self, module: str, stdin: int, stdout: int) -> int:
        """A handle (pidfd) on the process that runs `module` on these pipes. Raises CannotFork."""
        if module in self._unfit or not self._lock.acquire(timeout=TURN_SECONDS):
            raise CannotFork(module)
        try:
            return self._ask(module, stdin, stdout)
        except BaseException as error:
            # What it would still answer belongs to this question, and to no other.
            self._drop()
            if isinstance(error, OSError):
                raise CannotFork(module) from error
            raise
        finally:
            self._lock.release()

    def _ask(self, module: str, stdin: int, stdout: int) -> int:
        """Asked once: a child that nobody was told of may have these pipes already."""
        try:
            socket.send_fds(self._connected(), [module.encode()], [stdin, stdout])
        except (BrokenPipeError, ConnectionResetError):
            # It ended before: for want of work, or to be followed by a fresh one.
            self._drop()
            socket.send_fds(self._connected(), [module.encode()], [stdin, stdout])
        answer, handles, _flags, _from = socket.recv_fds(self._connected(), len(STARTED), 1)
        if answer == UNFIT:
            self._unfit.add(module)
        if answer != STARTED or len(handles) != 1:
            raise CannotFork(module)
        os.set_inheritable(handles[0], False)
        return handles[0]

    def _forget(self) -> None:
        """In a process that was forked from this one, which must not speak on its parent's socket."""
        self._lock = threading.Lock()
        self._way = self._process = None

    def _connected(self) -> socket.socket:
        if self._way is None:
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
            self._way = ours
        return self._way

    def _drop(self) -> None:
        if self._way is not None:
            self._way.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._way = self._process = None


def main(number: str, run: Run) -> None:
    """Answer on the socket of this number; a child is `run` with the name of its module."""
    way = socket.socket(fileno=int(number))
    way.settimeout(IDLE_SECONDS)
    signal.signal(signal.SIGCHLD, _reap)
    for _child in range(MOST_CHILDREN):
        try:
            name, pipes, _flags, _from = socket.recv_fds(way, MAX_NAME, 2)
        except TimeoutError:
            return
        if len(pipes) != 2 or not _serve(way, name.decode(), pipes, run):
            return
        for pipe in pipes:
            os.close(pipe)


def _serve(way: socket.socket, module: str, pipes: Sequence[int], run: Run) -> bool:
    """False when the module is unfit, and with it this process."""
    if not _is_ready(module):
        way.send(UNFIT)
        return False
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
    return True


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
    """Ends this process when a child has crashed."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if os.WIFSIGNALED(ended[1]) and os.WTERMSIG(ended[1]) in CRASHES:
                sys.exit()
