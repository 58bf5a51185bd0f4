"""Why a job did not succeed: stable names, and which of them deserve another attempt."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class FailureCode(models.TextChoices):
    LOST_WORKER = "lost-worker", _("The worker was lost")
    KILLED = "killed", _("The engine was killed")
    OUT_OF_MEMORY = "out-of-memory", _("The engine ran out of memory")
    TIME_LIMIT = "time-limit", _("The time limit was reached")
    ENGINE_ERROR = "engine-error", _("The engine failed")
    CANNOT_START = "cannot-start", _("The engine could not be started")
    # What engines name.
    BAD_SPEC = "bad-spec", _("The order is incomplete")
    BAD_MODEL = "bad-model", _("The model cannot be used")
    BAD_DATA = "bad-data", _("The data cannot be used")
    BAD_TASK = "bad-task", _("The task cannot be run")
    BAD_OUTPUT = "bad-output", _("The result cannot be uploaded")
    BAD_INPUT = "bad-input", _("The engine could not use what it was given")
    DIVERGED = "diverged", _("Training diverged")
    UPSTREAM = "upstream", _("The other hub did not give what was asked")
    HUB_UNREACHABLE = "hub-unreachable", _("The engine could not reach the hub")
    RESULT_INVALID = "result-invalid", _("The result could not be accepted")
    CANCELLED = "cancelled", _("Cancelled")


# What another machine or another moment may cure. The rest would only fail again, later.
RETRIED = frozenset(
    {
        FailureCode.LOST_WORKER,
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
    known = code if code in FailureCode.values else FailureCode.ENGINE_ERROR
    return Failure(FailureCode(known), message.replace("\x00", "")[:MESSAGE_LIMIT])
