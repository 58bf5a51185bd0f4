"""Who descends from a process, what they use, and how to end all of them.

A descendant that leaves its session and its parent is found by a word in its surroundings that it
inherited (`MARK`); one that also emptied its surroundings, as a child that this process adopted.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from walls import kernel

MARK = "LLMOS_ENGINE"
PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")


def new_mark(name: str) -> str:
    """Names the process that answers for whoever carries it, so that a later one can tell its leftovers."""
    return f"{os.getpid()}:{_started(os.getpid())}:{name}"


def marked(mark: str) -> set[int]:
    """Processes that inherited the mark. Those of other users stay unseen."""
    wanted = f"{MARK}={mark}".encode()
    return {pid for pid in _all() if wanted in _surroundings(pid).split(b"\0")}


def tree(root: int) -> set[int]:
    """The process and its descendants, as long as their parents live."""
    found: set[int] = set()
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += _children(pid)
    return found


def count_of_user() -> int:
    """Threads are counted by the kernel's limit; this counts processes, and is near enough."""
    me = os.geteuid()
    return sum(1 for pid in _all() if _owner(pid) == me)


def memory_of(pids: set[int]) -> int:
    """Resident bytes; what processes share counts for each of them, files only read do not count."""
    return sum(map(_resident, pids))


def end_all(root: int, mark: str, *, seconds: float = 3.0) -> set[int]:
    """Kill the tree and everything marked, until nothing is left; what is left after the time."""
    deadline = time.monotonic() + seconds
    while left := {pid for pid in (tree(root) - {root}) | marked(mark) | _strays(root) if _lives(pid)}:
        for pid in left:
            _kill(pid)
        if time.monotonic() > deadline:
            return left
        time.sleep(0.02)
    _bury_strays(root)
    return set()


def end_leftovers() -> set[int]:
    """Kill marked processes whose supervisor is gone: it was killed, and they had run away from it."""
    ended = set()
    for pid in _all():
        for word in _surroundings(pid).split(b"\0"):
            name, _, mark = word.decode(errors="replace").partition("=")
            if name == MARK and not answers(mark):
                _kill(pid)
                ended.add(pid)
    return ended


def answers(mark: str) -> bool:
    """Whether the process that a mark names still is."""
    owner, _, rest = mark.partition(":")
    return owner.isdecimal() and _started(int(owner)) == rest.partition(":")[0]


def _strays(root: int) -> set[int]:
    """Adopted children that carry no mark. The supervisor itself starts nothing that runs away."""
    mine = _children(os.getpid()) if kernel.adopts_orphans() else []
    return {
        pid
        for pid in mine
        if pid != root and f"{MARK}=".encode() not in _surroundings(pid) and _session(pid) != os.getsid(0)
    }


def _bury_strays(root: int) -> None:
    if not kernel.adopts_orphans():
        return
    for pid in _children(os.getpid()):
        if pid != root and not _lives(pid) and _session(pid) != os.getsid(0):
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _all() -> Iterator[int]:
    me = os.getpid()
    return (int(path.name) for path in PROC.iterdir() if path.name.isdecimal() and int(path.name) != me)


def _surroundings(pid: int) -> bytes:
    try:
        return (PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return b""


def _owner(pid: int) -> int:
    try:
        return (PROC / str(pid)).stat().st_uid
    except OSError:
        return -1


def _children(pid: int) -> list[int]:
    children: list[int] = []
    try:
        for thread in (PROC / str(pid) / "task").iterdir():
            children += map(int, (thread / "children").read_text().split())
    except OSError:
        pass
    return children


def _fields(pid: int) -> list[str]:
    """What follows the name in `stat`: state, parent, group, session, …; empty when it is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _lives(pid: int) -> bool:
    fields = _fields(pid)
    return bool(fields) and fields[0] not in {"Z", "X"}


def _session(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[3]) if fields else -1


def _started(pid: int) -> str:
    fields = _fields(pid)
    return fields[19] if fields else ""


def _resident(pid: int) -> int:
    try:
        _size, resident, shared = (PROC / str(pid) / "statm").read_text().split()[:3]
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * PAGE
