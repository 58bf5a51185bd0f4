"""Runs a Python program that a model wrote: without network, without files but its own, with an end.

    result = sandbox.run_python("print(input()[::-1])", stdin="abc", timeout=5, memory=512_000_000)
    result.succeeded, result.output      # (True, "cba\\n")

The program sees the standard library and an empty folder. Where no wall can be built around it, it is not
run, unless the operator of the worker allows that.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from walls import bubblewrap, building, kernel, processes
from walls.bubblewrap import Room
from walls.building import Builder, Walls
from walls.inside import CANNOT_BUILD, Order

# The operator's word that programs may run without walls (HUB_ALLOW_UNWALLED_CODE).
ALLOWED = "LLMOS_ALLOW_UNWALLED_CODE"
MAX_OUTPUT = 1_000_000
MAX_FILE = 64_000_000
MAX_FOLDER = 256_000_000
MAX_PROCESSES = 32
BLOCK = 65_536
LOOK_SECONDS = 0.1


class Ending(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"


class Unavailable(Exception):
    """No wall can be built here; the message says what would help."""


@dataclass(frozen=True, slots=True)
class Result:
    """`exit_code` is negative for a signal. Output and errors are cut at MAX_OUTPUT characters each."""

    ending: Ending
    exit_code: int
    output: str
    errors: str
    seconds: float

    @property
    def succeeded(self) -> bool:
        return self.ending == Ending.SUCCEEDED


def walls() -> Walls:
    """What stands around a program here, for the record of a run. Raises Unavailable."""
    found = building.detect_for_code()
    if found.builder == Builder.NONE and os.environ.get(ALLOWED) != "1":
        raise Unavailable(
            "Programs written by models are not run on this worker: neither bubblewrap with user namespaces "
            "nor Landlock is there to keep them in. Install bubblewrap, or have the operator allow it."
        )
    return found


def run_python(code: str, stdin: str = "", *, timeout: float = 10.0, memory: int = 1_000_000_000) -> Result:
    """Run one program to its end. `timeout` is in seconds of wall time, `memory` in bytes.

    Raises Unavailable, and OSError when the interpreter cannot be started. About 60 ms of its own.
    """
    standing = walls()
    folder = Path(tempfile.mkdtemp(prefix="program-"))
    try:
        (folder / "program.py").write_text(code, encoding="utf-8", errors="replace")
        return _run(standing, folder, stdin.encode(), timeout, memory)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(standing: Walls, folder: Path, stdin: bytes, timeout: float, memory: int) -> Result:
    in_room = standing.builder == Builder.BUBBLEWRAP
    change_user = in_room and os.geteuid() == 0 and bubblewrap.is_root_of_the_machine()
    if change_user:
        # Root's processes are not counted; nobody's are.
        folder.chmod(0o777)
    room = Room(folder, is_bare=True, may_change_user=change_user)
    order = Order(
        address_bytes=memory,
        file_bytes=MAX_FILE,
        # Outside a room of its own the limit counts whatever else the user runs.
        processes=MAX_PROCESSES + (0 if in_room else processes.count_of_user()),
        cpu_seconds=max(1, int(timeout) + 1),
        user=building.NOBODY if change_user else 0,
        refuse_sockets=standing.builder == Builder.LANDLOCK,
    )
    program = [sys.executable, "-I", "-S", "-B", str(folder / "program.py")]
    mark = processes.new_mark(folder.name)
    started = time.monotonic()
    process = subprocess.Popen(
        building.enclose(standing, room, order, program),
        cwd=folder,
        env=_surroundings(folder, mark),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=kernel.die_with_parent,  # noqa: PLW1509  one system call
    )
    try:
        watch = _Watch(process, folder, stdin, started + timeout)
        cause = watch.until_the_end()
    finally:
        process.kill()
        process.wait()
        if not in_room:
            processes.end_all(process.pid, mark)
    return _judged(watch, cause, process.returncode, time.monotonic() - started)


def _surroundings(folder: Path, mark: str) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        processes.MARK: mark,
    }


class _Watch:
    """Feeds and reads a program without ever waiting for it."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, stdin: bytes, deadline: float) -> None:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self._process, self._folder, self._deadline = process, folder, deadline
        self._unsent = memoryview(stdin)
        self.output, self.errors = bytearray(), bytearray()
        self._kept = {process.stdout: self.output, process.stderr: self.errors}
        self._selector = selectors.DefaultSelector()
        for stream in (process.stdin, process.stdout, process.stderr):
            os.set_blocking(stream.fileno(), False)
            events = selectors.EVENT_WRITE if stream is process.stdin else selectors.EVENT_READ
            self._selector.register(stream, events)

    def until_the_end(self) -> Ending | None:
        """Why it had to be ended; None when it ended by itself."""
        try:
            while self._process.poll() is None:
                for key, _mask in self._selector.select(LOOK_SECONDS):
                    self._move(key.fileobj)
                if cause := self._must_end():
                    return cause
            for stream in self._kept:
                while self._read(stream):
                    pass
            return None
        finally:
            self._selector.close()

    def _must_end(self) -> Ending | None:
        if time.monotonic() > self._deadline:
            return Ending.TIME
        if max(len(self.output), len(self.errors)) > MAX_OUTPUT or _size(self._folder) > MAX_FOLDER:
            return Ending.OUTPUT
        return None

    def _move(self, stream: object) -> None:
        if stream is self._process.stdin:
            self._feed()
        else:
            self._read(stream)

    def _feed(self) -> None:
        assert self._process.stdin
        try:
            sent = os.write(self._process.stdin.fileno(), self._unsent[:BLOCK])
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._unsent)
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._selector.unregister(self._process.stdin)
            self._process.stdin.close()

    def _read(self, stream: object) -> bool:
        try:
            data = os.read(stream.fileno(), BLOCK)  # type: ignore[attr-defined]
        except (BlockingIOError, ValueError):
            return False
        if not data:
            if stream in self._selector.get_map():
                self._selector.unregister(stream)  # type: ignore[arg-type]
            return False
        kept = self._kept[stream]  # type: ignore[index]
        kept += data
        return len(kept) <= MAX_OUTPUT


def _size(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.lstat().st_blocks * 512
        except OSError:
            continue
    return size


def _judged(watch: _Watch, cause: Ending | None, status: int, seconds: float) -> Result:
    errors = _text(watch.errors)
    # A room tells of a signal inside it as a shell would.
    code = 128 - status if status > 128 else status
    if status == CANNOT_BUILD and cause is None:
        raise Unavailable(errors.strip()[:500])
    if cause is None and code == -signal.SIGXCPU:
        cause = Ending.TIME
    if cause is None and code and "MemoryError" in errors[-2_000:]:
        cause = Ending.MEMORY
    if cause is None:
        cause = Ending.FAILED if code else Ending.SUCCEEDED
    return Result(cause, code, _text(watch.output), errors, seconds)


def _text(data: bytearray) -> str:
    return bytes(data[:MAX_OUTPUT]).decode("utf-8", errors="replace")
