"""What only the kernel can promise about a process, asked through the C library. Linux; elsewhere nothing."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

# Loaded here, not between fork and exec, where almost nothing is safe.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

_adopts = False

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 22, 36, 38


def _prctl(option: int, *values: int) -> bool:
    return _libc is not None and _libc.prctl(option, *map(ctypes.c_ulong, (*values, 0, 0, 0)[:4])) == 0


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends, however it ends."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Descendants whose parents end become children of this process instead of the machine's first one."""
    global _adopts
    _adopts = _prctl(PR_SET_CHILD_SUBREAPER, 1)


def adopts_orphans() -> bool:
    return _adopts


def gain_nothing() -> bool:
    """No set-user-id program gives this process or its descendants a right it does not have."""
    return _prctl(PR_SET_NO_NEW_PRIVS, 1)


# --- Landlock: which files ------------------------------------------------------------------------

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
RULE_PATH_BENEATH, RULE_NET_PORT = 1, 2
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
# By version of the interface: all rights on files, and from the fourth on TCP (bind, connect).
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
BIND_TCP, CONNECT_TCP = 1, 2
# From the sixth on: no signals and no abstract sockets to processes outside.
SCOPED_SINCE, SCOPES = 6, 3
# The rights that make sense on something that is not a folder.
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | (1 << 14) | (1 << 15)


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64)]


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


class _PortRule(ctypes.Structure):
    _fields_ = [("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64)]


def landlock_version() -> int:
    """0 where the kernel has none."""
    if _libc is None:
        return 0
    return max(0, int(_libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def confine(read: Iterable[Path], write: Iterable[Path], ports: Sequence[int] | None = None) -> None:
    """Leave this process and its descendants these files, and of TCP only connections to these ports.

    `ports` None leaves the network alone. Raises OSError when the kernel refuses. Needs `gain_nothing`.
    """
    assert _libc is not None
    version = landlock_version()
    rights = FILE_RIGHTS[max(known for known in FILE_RIGHTS if known <= version)]
    network = BIND_TCP | CONNECT_TCP if version >= 4 and ports is not None else 0
    scopes = SCOPES if version >= SCOPED_SINCE else 0
    # A kernel refuses fields that it does not know, unless they are zero.
    wanted = _Ruleset(rights, network, scopes)
    ruleset = _checked(_libc.syscall(CREATE_RULESET, ctypes.byref(wanted), ctypes.sizeof(wanted), 0))
    for path in read:
        _allow_path(ruleset, path, EXECUTE | READ_FILE | READ_DIR)
    for path in write:
        _allow_path(ruleset, path, rights)
    for port in (ports or ()) if network else ():
        rule = _PortRule(CONNECT_TCP, port)
        _checked(_libc.syscall(ADD_RULE, ruleset, RULE_NET_PORT, ctypes.byref(rule), 0))
    _checked(_libc.syscall(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow_path(ruleset: int, path: Path, rights: int) -> None:
    assert _libc is not None
    if not path.exists():
        return
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    allowed = rights if path.is_dir() else rights & ON_FILES
    rule = _PathRule(allowed, descriptor)
    _checked(_libc.syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.byref(rule), 0))
    os.close(descriptor)


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer


# --- seccomp: no sockets --------------------------------------------------------------------------

SECCOMP_MODE_FILTER = 2
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | 13  # EACCES
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
# Machine: its audit name, the number of socket(2); io_uring, which opens sockets too, is the same on both.
MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
IO_URING_SETUP = 425
FOREIGN_NUMBERS = 0x40000000


class _Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("yes", ctypes.c_uint8),
        ("no", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction))]


def can_refuse_sockets() -> bool:
    return _libc is not None and platform.machine() in MACHINES


def refuse_sockets() -> None:
    """Neither this process nor its descendants open a socket. Raises OSError. Needs `gain_nothing`."""
    machine, socket = MACHINES[platform.machine()]
    steps = (
        (LOAD, 0, 0, 4),
        (EQUAL, 1, 0, machine),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, 0),
        (AT_LEAST, 3, 0, FOREIGN_NUMBERS),
        (EQUAL, 2, 0, socket),
        (EQUAL, 1, 0, IO_URING_SETUP),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    )
    _filter(steps)


# prlimit(2), and what else changes how another process of the same user runs: setpriority, sched_setparam,
# sched_setscheduler, sched_setaffinity, sched_setattr, ioprio_set. Landlock knows none of them.
PRLIMIT = {"x86_64": 302, "aarch64": 261}
MEDDLING = {"x86_64": (141, 142, 144, 203, 314, 251), "aarch64": (140, 118, 119, 122, 274, 30)}
# Where the first argument of a call lies: its lower and its upper half.
FIRST_ARGUMENT = (16, 20)


def refuse_meddling() -> None:
    """Neither this process nor its descendants change limits, priority or processors of any other. Raises
    OSError. Needs `gain_nothing`, and `refuse_sockets`, which ends calls by foreign numbers."""
    machine = platform.machine()
    others = MEDDLING[machine]
    allow = 6 + len(others)
    refuse = allow + 1
    lower, upper = FIRST_ARGUMENT
    _filter(
        (
            (LOAD, 0, 0, 0),
            (EQUAL, 0, 4, PRLIMIT[machine]),
            # Of itself, which is called 0, it may.
            (LOAD, 0, 0, lower),
            (EQUAL, 0, refuse - 4, 0),
            (LOAD, 0, 0, upper),
            (EQUAL, allow - 6, refuse - 6, 0),
            *((EQUAL, refuse - 7 - at, 0, number) for at, number in enumerate(others)),
            (RETURN, 0, 0, ALLOW),
            (RETURN, 0, 0, REFUSE),
        )
    )


def _filter(steps: Sequence[tuple[int, int, int, int]]) -> None:
    instructions = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    program = _Program(len(steps), instructions)
    if not _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
