"""Starts a module that reads files nobody vouches for, behind walls that its process puts up around itself.

The first line of its input says what may be read and written; what follows is the module's. The wall comes
before anything is read, and every thread that the module starts stands behind it.
"""

from __future__ import annotations

import json
import os
import runpy
import select
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import IO

from walls import bubblewrap, building, forking, kernel
from walls.bubblewrap import Room

BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from walls import forking, reader; "
READ = BOOT + "reader.main(sys.argv[1])"
END_SECONDS = 5
FORK = BOOT + "forking.main(sys.argv[1], reader.main)"


@dataclass(frozen=True, slots=True)
class Reach:
    """What the module may do besides asking through its pipes: read these files, write into this folder."""

    files: tuple[str, ...] = ()
    folder: str = ""

    def line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"


class Program(ABC):
    """A module that runs: what it reads and what it says. `end` ends it wherever it is."""

    stdin: IO[bytes]
    stdout: IO[bytes]

    @abstractmethod
    def kill(self) -> None: ...

    def end(self) -> None:
        self.kill()
        # What was not taken any more is lost with it.
        with suppress(BrokenPipeError):
            self.stdin.close()
        self.stdout.close()


class _Started(Program):
    """By a new interpreter."""

    def __init__(self, arguments: list[str]) -> None:
        self._process = subprocess.Popen(
            arguments,
            cwd="/",
            env=_environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.stdin, self.stdout = self._process.stdin, self._process.stdout

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        super().end()
        self._process.wait()


class _Forked(Program):
    def __init__(self, forker: forking.Forker, module: str) -> None:
        with ExitStack() as theirs, ExitStack() as ours:
            its_input, to_it = os.pipe()
            theirs.callback(os.close, its_input)
            self.stdin = ours.enter_context(os.fdopen(to_it, "wb"))
            from_it, its_output = os.pipe()
            theirs.callback(os.close, its_output)
            self.stdout = ours.enter_context(os.fdopen(from_it, "rb"))
            self._handle = forker.start(module, its_input, its_output)
            # Closed if it could not be started, so that nobody is left waiting at the other ends.
            ours.pop_all()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def end(self) -> None:
        super().end()
        # It is over when its memory is given back and it writes nothing any more.
        gone = select.poll()
        gone.register(self._handle, select.POLLIN)
        gone.poll(END_SECONDS * 1000)
        os.close(self._handle)


def start(module: str, reach: Reach) -> Program:
    """Run `module`; the first line that it reads is `reach.line()`. Where neither Landlock nor a room can be
    had, it has no walls."""
    if forks():
        with suppress(forking.CannotFork):
            return _Forked(_forker(), module)
    return _Started(command(module, reach))


def forks() -> bool:
    """Whether a child can shut itself in, and be ended without a doubt which process is meant."""
    return _can_shut() and hasattr(os, "pidfd_open")


@cache
def _forker() -> forking.Forker:
    return forking.Forker(_interpreter(FORK), _environ())


def _environ() -> dict[str, str]:
    """Nothing of the hub's. Libraries for numbers and tables start no threads when they are imported."""
    alone = {"OMP_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
    return {"PATH": os.environ.get("PATH", ""), **alone}


def _interpreter(boot: str, *arguments: str) -> list[str]:
    return [sys.executable, "-I", "-c", boot, str(building.code_root()), *arguments]


def command(module: str, reach: Reach) -> list[str]:
    """The command that runs `module` in an interpreter of its own."""
    program = _interpreter(READ, module)
    # What the process does itself costs less than a room.
    if _can_shut() or not bubblewrap.is_possible(bare=True):
        return program
    readable = (*building.interpreter(), *(Path(file) for file in reach.files))
    room = Room(Path(reach.folder or building.code_root() / "walls"), readable, is_bare=True)
    return bubblewrap.command(room, program)


@cache
def _can_shut() -> bool:
    return kernel.can_refuse_sockets() and kernel.landlock_version() > 0


def shut(files: Sequence[str], folder: str) -> None:
    """Leave this process these files, the system's and the code; no sockets. Raises OSError."""
    kernel.gain_nothing()
    read = map(Path, (*bubblewrap.SYSTEM, *bubblewrap.SETTINGS, *files))
    write = map(Path, (*building.HARMLESS_DEVICES, *filter(None, [folder])))
    kernel.confine((*read, *building.interpreter()), write)
    kernel.refuse_sockets()
    kernel.refuse_meddling()


def main(module: str) -> None:
    reach = json.loads(sys.stdin.buffer.readline())
    # Found now: the folder that the packages lie in cannot be listed any more.
    __import__(module.partition(".")[0])
    if _can_shut():
        shut(reach["files"], reach["folder"])
    runpy.run_module(module, run_name="__main__", alter_sys=True)
