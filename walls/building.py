"""Which walls this machine lets this user build, and how a program is started behind them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from walls import bubblewrap, kernel
from walls.bubblewrap import Room
from walls.inside import Order

LANDLOCK_WITH_NETWORK = 4
# Under Landlock the machine's own folders stay readable; homes, data and other jobs do not.
SYSTEM_FOLDERS = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc",
    "/proc",
    "/sys",
    "/opt",
    "/run/nvidia-persistenced",
)
SYSTEM_DEVICES = ("/dev",)
HARMLESS_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from walls.inside import main; sys.exit(main(sys.argv[1:]))"  # noqa: E501
NOBODY = 65534
# What programs behind walls are made of.
PACKAGES = ("walls", "evals_app", "models_app")


class Builder(StrEnum):
    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Walls:
    """`network` tells whether nothing but the hub (or nothing at all) can be reached."""

    builder: Builder
    files: bool
    network: bool
    processes: bool

    def as_json(self) -> dict[str, object]:
        return {
            "builder": self.builder.value,
            "files": self.files,
            "network": self.network,
            "processes": self.processes,
        }

    def __str__(self) -> str:
        standing = [name for name in ("files", "network", "processes") if getattr(self, name)]
        return f"{self.builder.value} ({', '.join(standing) or 'limits only'})"


@cache
def detect() -> Walls:
    """For engines. Builds a room once to see whether it stands."""
    if bubblewrap.is_possible():
        return Walls(Builder.BUBBLEWRAP, files=True, network=True, processes=True)
    version = kernel.landlock_version()
    if version:
        network = version >= LANDLOCK_WITH_NETWORK
        return Walls(Builder.LANDLOCK, files=True, network=network, processes=_keeps_signals_in())
    return Walls(Builder.NONE, files=False, network=False, processes=False)


@cache
def detect_for_code() -> Walls:
    """For code that nobody has read, which needs no network at all; also inside an engine's own walls."""
    if bubblewrap.is_possible(bare=True):
        return Walls(Builder.BUBBLEWRAP, files=True, network=True, processes=True)
    if kernel.can_refuse_sockets() and _keeps_signals_in():
        return Walls(Builder.LANDLOCK, files=True, network=True, processes=True)
    return Walls(Builder.NONE, files=False, network=False, processes=False)


def _keeps_signals_in() -> bool:
    return kernel.landlock_version() >= kernel.SCOPED_SINCE


def enclose(walls: Walls, room: Room, order: Order, program: Sequence[str]) -> list[str]:
    """The command that starts the program behind these walls."""
    room = replace(room, readable=(*dict.fromkeys((*interpreter(), *room.readable)),))
    if walls.builder == Builder.LANDLOCK:
        read, write = _landlock_paths(room)
        order = replace(order, confine_files=True, read=read, write=write)
    inner = [sys.executable, "-I", "-S", "-c", BOOT, str(code_root()), order.as_json(), *program]
    return bubblewrap.command(room, inner) if walls.builder == Builder.BUBBLEWRAP else inner


def code_root() -> Path:
    """What stands on the path of modules for this code: a folder, or the archive it came in."""
    return Path(__file__).absolute().parent.parent


def code() -> tuple[Path, ...]:
    """The code alone: beside it may lie data and secrets of the hub."""
    root = code_root()
    if not root.is_dir():
        return (root,)
    return tuple(root / name for name in PACKAGES if (root / name).is_dir())


def interpreter() -> tuple[Path, ...]:
    folders = {Path(sys.prefix), Path(sys.base_prefix), Path(os.path.realpath(sys.executable)).parent.parent}
    return (*sorted(folder for folder in folders if folder != Path("/usr")), *code())


def _landlock_paths(room: Room) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What to read, what to write."""
    system: tuple[str, ...] = SYSTEM_FOLDERS
    devices: tuple[str, ...] = SYSTEM_DEVICES
    if room.is_bare:
        system, devices = (*bubblewrap.SYSTEM, *bubblewrap.SETTINGS), HARMLESS_DEVICES
    return (*system, *map(str, room.readable)), (*devices, *map(str, (*room.writable, room.folder)))
