"""Walls by bubblewrap: own namespaces, in which only what is named exists."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
# Certificates, the linker's cache and the names that programs look up; no accounts, no keys.
SETTINGS = (
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ssl", "/etc/pki",
    "/etc/ca-certificates", "/etc/localtime", "/etc/alternatives", "/etc/nsswitch.conf", "/etc/mime.types",
)  # fmt: skip
NETWORK_SETTINGS = ("/etc/resolv.conf", "/etc/hosts", "/etc/gai.conf")
INNER_USER = 1000
PROBE_SECONDS = 10
TEMPORARY_BYTES = "64000000"


@dataclass(frozen=True, slots=True)
class Room:
    """What exists inside: `folder` to write, also as /tmp, `readable`, the system, and these devices.

    `is_bare` leaves out /proc and /sys, which an inner room could not have anyway.
    """

    folder: Path
    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    devices: tuple[Path, ...] = ()
    has_network: bool = False
    is_bare: bool = False
    may_change_user: bool = False


@cache
def is_possible(*, bare: bool = False) -> bool:
    """Whether this machine lets this user build such a room. Starts a process the first time."""
    if not shutil.which("bwrap"):
        return False
    try:
        probe = command(Room(Path("/usr"), is_bare=bare), ["/usr/bin/env", "true"])
        return subprocess.run(probe, check=False, capture_output=True, timeout=PROBE_SECONDS).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def command(room: Room, program: Sequence[str]) -> list[str]:
    return [
        shutil.which("bwrap") or "bwrap",
        *("--die-with-parent", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"),
        *_user(room),
        *(() if room.has_network else ("--unshare-net",)),
        *_system(),
        *("--perms", "0755", "--dir", "/etc"),
        *_each("--ro-bind-try", SETTINGS + (NETWORK_SETTINGS if room.has_network else ())),
        *("--dev", "/dev"),
        *(() if room.is_bare else ("--proc", "/proc", "--ro-bind-try", "/sys", "/sys")),
        *_each("--dev-bind-try", map(str, room.devices)),
        # What is named comes last, so that no folder above hides it.
        *_temporary(room.folder),
        *_parents((*room.readable, *room.writable, room.folder)),
        *_each("--ro-bind", map(str, room.readable)),
        *_each("--bind", map(str, (*room.writable, room.folder))),
        *("--chdir", str(room.folder), "--"),
        *program,
    ]


def is_root_of_the_machine() -> bool:
    """Whether limits of processes do not count for this user: root, seen through any user namespace."""
    try:
        lines = Path("/proc/self/uid_map").read_text().splitlines()
    except OSError:
        return os.geteuid() == 0
    for inside, outside, count in (map(int, line.split()) for line in lines):
        if inside <= os.geteuid() < inside + count:
            return outside + os.geteuid() - inside == 0
    return False


def _user(room: Room) -> tuple[str, ...]:
    if room.may_change_user:
        return ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    return ("--unshare-user", "--uid", str(INNER_USER), "--gid", str(INNER_USER))


def _temporary(folder: Path) -> tuple[str, ...]:
    """Part of the folder, so that what is written there counts, unless the folder itself lies below."""
    inner = folder / "tmp"
    if inner.is_dir() and Path("/tmp") not in folder.parents:  # noqa: S108  inside only
        return ("--bind", str(inner), "/tmp")  # noqa: S108
    return ("--size", TEMPORARY_BYTES, "--tmpfs", "/tmp")  # noqa: S108


def _parents(paths: Iterable[Path]) -> list[str]:
    """Folders that lead to what is named; left alone, bubblewrap makes them for their owner only."""
    parents = {parent for path in paths for parent in path.parents if len(parent.parts) > 1}
    made = sorted(parents - {Path("/usr"), Path("/tmp")})  # noqa: S108
    return [word for path in made for word in ("--perms", "0755", "--dir", str(path))]


def _system() -> list[str]:
    options: list[str] = []
    for path in map(Path, SYSTEM):
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            options += ["--ro-bind", str(path), str(path)]
    return options


def _each(option: str, paths: Iterable[str]) -> list[str]:
    return [word for path in paths for word in (option, path, path)]
