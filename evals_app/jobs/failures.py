"""Why a job did not succeed: stable names, and which of them deserve another attempt. Workers anywhere use
them, so nothing of the site is needed here; what people read is in `words`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureCode(StrEnum):
    LOST_WORKER = "lost-worker"
    LOST_LEASE = "lost-lease"
    KILLED = "killed"
    OUT_OF_MEMORY = "out-of-memory"
    MEMORY_LIMIT = "memory-limit"
    DISK_LIMIT = "disk-limit"
    TIME_LIMIT = "time-limit"
    ENGINE_ERROR = "engine-error"
    CANNOT_START = "cannot-start"
    # What engines name.
    BAD_SPEC = "bad-spec"
    BAD_MODEL = "bad-model"
    BAD_DATA = "bad-data"
    BAD_TASK = "bad-task"
    BAD_OUTPUT = "bad-output"
    BAD_INPUT = "bad-input"
    DIVERGED = "diverged"
    UPSTREAM = "upstream"
    NO_IMAGE = "no-image"
    COMMAND_FAILED = "command-failed"
    HUB_UNREACHABLE = "hub-unreachable"
    RESULT_INVALID = "result-invalid"
    CANCELLED = "cancelled"


# What another machine or another moment may cure. The rest would only fail again, later.
RETRIED = frozenset(
    {
        FailureCode.LOST_WORKER,
        FailureCode.LOST_LEASE,
        FailureCode.KILLED,
        FailureCode.OUT_OF_MEMORY,
        FailureCode.HUB_UNREACHABLE,
    }
)

MESSAGE_LIMIT = 4_000


@dataclass(frozen=True, slots=True)
class Failure:
    code: FailureCode
    message: str

    @property
    def is_retried(self) -> bool:
        return self.code in RETRIED


def named(code: str, message: str) -> Failure:
    """A failure that an engine named; a name that is not known here becomes `engine-error`."""
    known = FailureCode(code) if code in set(FailureCode) else FailureCode.ENGINE_ERROR
    return Failure(known, message.replace("\x00", "")[:MESSAGE_LIMIT])
