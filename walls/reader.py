"""Starts a module that reads files nobody vouches for, behind walls that its process puts up around itself.

The first line of its input says what may be read and written; what follows is the module's. The wall comes
before anything else: what the module imports, and every thread it starts, stands behind it.
"""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from walls import bubblewrap, building, kernel
from walls.bubblewrap import Room

BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from walls.reader import main; main(sys.argv[1])"


@dataclass(frozen=True, slots=True)
class Reach:
    """What the module may do besides asking through its pipes: read these files, write into this folder."""

    files: tuple[str, ...] = ()
    folder: str = ""

    def line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"


def command(module: str, reach: Reach) -> list[str]:
    """The command that runs `module`. Where neither Landlock nor a room can be had, it runs without walls."""
    root = building.code_root()
    program = [sys.executable, "-I", "-c", BOOT, str(root), module]
    # What the process does itself costs less than a room.
    if _can_shut() or not bubblewrap.is_possible(bare=True):
        return program
    readable = (*building.interpreter(), *(Path(file) for file in reach.files))
    return bubblewrap.command(Room(Path(reach.folder or root / "walls"), readable, is_bare=True), program)


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


def main(module: str) -> None:
    reach = json.loads(sys.stdin.buffer.readline())
    # Found now: the folder that the packages lie in cannot be listed any more.
    __import__(module.partition(".")[0])
    if _can_shut():
        shut(reach["files"], reach["folder"])
    runpy.run_module(module, run_name="__main__", alter_sys=True)
