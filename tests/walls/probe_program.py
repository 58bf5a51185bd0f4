"""Tries what a program that was taken over would try; says what became of each."""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
from collections.abc import Callable
from pathlib import Path


def outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"


def held() -> list[int]:
    """Open files beside the three that every program has."""
    found = []
    for number in range(3, 256):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found


def main(order: dict[str, str]) -> None:
    attempts: dict[str, Callable[[], object]] = {
        "named file": lambda: Path(order["file"]).read_text(),
        "named folder": lambda: (Path(order["folder"]) / "new").write_text("x"),
        "other file": lambda: Path(order["secret"]).read_text(),
        "change other file": lambda: Path(order["secret"]).write_text("x"),
        "list": lambda: list(Path(order["root"]).iterdir()),
        "parent's surroundings": lambda: Path(f"/proc/{order['parent']}/environ").read_bytes(),
        "socket": lambda: socket.create_connection(("127.0.0.1", int(order["port"])), timeout=2),
        "limit of another": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0)),
        "own limit": lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        "priority of another": lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 1),
        "processors of another": lambda: os.sched_setaffinity(os.getppid(), os.sched_getaffinity(0)),
        "unix socket": lambda: socket.socket(socket.AF_UNIX),
    }
    facts = {"held": held(), "started by": os.getppid()}
    print(json.dumps({**{name: outcome(attempt) for name, attempt in attempts.items()}, **facts}), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.stdin.buffer.readline()))
