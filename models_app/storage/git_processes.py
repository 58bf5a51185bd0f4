"""The git program, where it does better than the library: packs for clients, pushes, upkeep."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO

from hub.core.errors import Busy, InvalidInput

BLOCK = 64 * 1024
# Packing is work for a processor; more at once than there are only makes all of them slow.
PACKING = BoundedSemaphore(max(2, os.cpu_count() or 1))
PACKING_WAIT_SECONDS = 60
# Wants and haves of one fetch; a clone of 100,000 references stays below.
MAX_FETCH_REQUEST_BYTES = 64_000_000
SPOOL_BYTES = 1_000_000

# The machine's own configuration of git has no say in how repositories are served.
BASE_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), **BASE_ENVIRONMENT, **(extra or {})}


def command(*arguments: str) -> list[str]:
    return ["git", "-c", "safe.directory=*", *arguments]


class GitFailed(Exception):
    """git ended with an error; the text is what it said."""


def run(path: Path, *arguments: str, timeout: float = 3600) -> str:
    """The output of a git command in a repository. Raises GitFailed."""
    try:
        done = subprocess.run(
            command("-C", str(path), *arguments),
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitFailed(f"git {arguments[0]} took longer than {timeout:.0f} seconds") from None
    if done.returncode:
        raise GitFailed(done.stderr.strip() or done.stdout.strip() or f"git {arguments[0]} failed")
    return done.stdout


def advertise(path: Path, service: str, protocol: str) -> bytes:
    """The references as `service` (upload-pack, receive-pack) announces them."""
    done = subprocess.run(
        command(service, "--stateless-rpc", "--advertise-refs", str(path)),
        env=environment({"GIT_PROTOCOL": protocol} if protocol else None),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise InvalidInput(f"git {service} could not announce the references.")
    # Version 2 has no announcement of the service, see git's own http-backend.
    if "version=2" in protocol.split(":") and service == "upload-pack":
        return done.stdout
    banner = f"# service=git-{service}\n".encode()
    return b"%04x%s0000" % (len(banner) + 4, banner) + done.stdout


class PackStream:
    """What a clone or fetch receives, streamed. Raises Busy at the start when too many run.

    Not a generator: one that is never started would never give its place back.
    """

    def __init__(self, path: Path, body: Iterable[bytes], protocol: str) -> None:
        self._open = False
        with spooled(body, MAX_FETCH_REQUEST_BYTES) as request:
            if not PACKING.acquire(timeout=PACKING_WAIT_SECONDS):
                raise Busy("Too many clones at once. Try again.", retry_after=10)
            self._open = True
            self._child = start(
                command("upload-pack", "--stateless-rpc", "--timeout=120", str(path)),
                environment({"GIT_PROTOCOL": protocol} if protocol else None),
                stdin=request,
            )

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        assert self._child.stdout is not None
        block: bytes = os.read(self._child.stdout.fileno(), BLOCK) if self._open else b""
        if not block:
            self.close()
            raise StopIteration
        return block

    def close(self) -> None:
        if self._open:
            self._open = False
            PACKING.release()
            end(self._child)

    __del__ = close


def receive_pack(
    path: Path, body: Iterable[bytes], protocol: str, options: list[str], extra: Mapping[str, str]
) -> IO[bytes]:
    """Run one push to its end; returns what git answers, as a file at its start."""
    answer: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed by whoever streams it
    environ = environment({**extra, **({"GIT_PROTOCOL": protocol} if protocol else {})})
    arguments = command(*options, "receive-pack", "--stateless-rpc", str(path))
    child = start(arguments, environ, stdin=subprocess.PIPE, stdout=answer)
    assert child.stdin is not None
    try:
        for block in body:
            child.stdin.write(block)
        child.stdin.close()
        child.wait()
    except BrokenPipeError:
        child.wait()  # git refused early; its answer says why
    finally:
        end(child)
    answer.seek(0)
    return answer


def spooled(body: Iterable[bytes], most: int) -> IO[bytes]:
    """The body as a real file, so that git reads it while its output is read. Raises InvalidInput."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
    size = 0
    for block in body:
        size += len(block)
        if size > most:
            file.close()
            raise InvalidInput("The request is larger than a fetch can be.")
        file.write(block)
    file.seek(0)
    return file


def start(
    arguments: list[str],
    environ: dict[str, str],
    *,
    stdin: IO[bytes] | int,
    stdout: IO[bytes] | int = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """A child in a process group of its own, so that `end` takes its children along."""
    return subprocess.Popen(
        arguments, env=environ, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, start_new_session=True
    )


def end(child: subprocess.Popen[bytes]) -> None:
    if child.stdout is not None:
        child.stdout.close()
    if child.poll() is None:
        kill_group(child.pid)
    child.wait()


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
