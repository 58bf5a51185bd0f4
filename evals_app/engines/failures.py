"""Failures that have a name: `error.json` carries them to the job's page."""

from __future__ import annotations

# The codes that the hub knows (docs/jobs.md).
BAD_INPUT = "bad-input"
ENGINE_ERROR = "engine-error"
OUT_OF_MEMORY = "out-of-memory"
CANNOT_START = "cannot-start"
UPSTREAM = "upstream"
MEMORY_LIMIT = "memory-limit"
NO_IMAGE = "no-image"
COMMAND_FAILED = "command-failed"


class Failure(Exception):
    """`message` tells a person what is wrong and what to do about it. `is_ours`: where in our own code it
    was noticed may help to understand it."""

    def __init__(self, code: str, message: str, *, is_ours: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.is_ours = is_ours


def bad_input(message: str) -> Failure:
    """What was given cannot be used as it is; trying again would change nothing."""
    return Failure(BAD_INPUT, message)
