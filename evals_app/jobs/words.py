"""Jobs in the reader's language: titles, failures and moves, from codes and what the row holds."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from evals_app.jobs.failures import FailureCode
from evals_app.jobs.models import Job, JobKind, JobTransition

# Told in full by their sentence; what else was said about them repeats it.
SELF_EXPLAINING = frozenset({FailureCode.LOST_WORKER, FailureCode.KILLED, FailureCode.TIME_LIMIT})
NAMES = ("model", "benchmark", "suite", "output", "dataset", "source", "image")
MOVE = re.compile(r"([a-z-]+)(?:, attempt (\d+) of (\d+))?")


def title(job: Job) -> str:
    """What the job does; the stored English title where the order is of no known kind."""
    return request_title(job.kind, names_in(job.spec)) or job.title


def names_in(spec: Mapping[str, Any]) -> dict[str, str]:
    """The names that a title needs, as far as an order has them."""
    found = {name: _id(spec.get(name)) for name in NAMES}
    # A request names an external model beside the place of a model, an order in it.
    found["model"] = found["model"] or _id(spec.get("endpoint"))
    return {name: text for name, text in found.items() if text}


def request_title(kind: str, names: Mapping[str, Any]) -> str:
    """The same of a request; empty when a name is missing or the kind is none of these."""
    needed: tuple[str, ...]
    match kind:
        case JobKind.EVALUATE if names.get("suite"):
            template, needed = _("Evaluate %(model)s on the suite %(suite)s"), ("model", "suite")
        case JobKind.EVALUATE:
            template, needed = _("Evaluate %(model)s on %(benchmark)s"), ("model", "benchmark")
        case JobKind.FINE_TUNE:
            template, needed = _("Fine-tune %(output)s on %(dataset)s"), ("output", "dataset")
        case JobKind.PULL:
            template, needed = _("Pull %(source)s to %(output)s"), ("source", "output")
        case JobKind.CONTAINER:
            template, needed = _("Run %(image)s"), ("image",)
        case _:
            return ""
    return template % names if all(names.get(name) for name in needed) else ""


def _id(reference: Any) -> str:
    return str(reference.get("id") or "") if isinstance(reference, Mapping) else str(reference or "")


def failure_title(code: str) -> str:
    """What kind of failure it was; empty for none."""
    return str(failure_titles()[FailureCode(code)]) if code in set(FailureCode) else code


def failure_titles() -> dict[FailureCode, str]:
    return {
        FailureCode.LOST_WORKER: _("The worker was lost"),
        FailureCode.LOST_LEASE: _("The worker lost hold of the job"),
        FailureCode.KILLED: _("The engine was killed"),
        FailureCode.OUT_OF_MEMORY: _("The engine ran out of memory"),
        FailureCode.MEMORY_LIMIT: _("The memory limit was reached"),
        FailureCode.DISK_LIMIT: _("The limit of scratch space was reached"),
        FailureCode.TIME_LIMIT: _("The time limit was reached"),
        FailureCode.ENGINE_ERROR: _("The engine failed"),
        FailureCode.CANNOT_START: _("The engine could not be started"),
        FailureCode.BAD_SPEC: _("The order is incomplete"),
        FailureCode.BAD_MODEL: _("The model cannot be used"),
        FailureCode.BAD_DATA: _("The data cannot be used"),
        FailureCode.BAD_TASK: _("The task cannot be run"),
        FailureCode.BAD_OUTPUT: _("The result cannot be uploaded"),
        FailureCode.BAD_INPUT: _("The engine could not use what it was given"),
        FailureCode.DIVERGED: _("Training diverged"),
        FailureCode.UPSTREAM: _("The other hub did not give what was asked"),
        FailureCode.NO_IMAGE: _("The image could not be had"),
        FailureCode.COMMAND_FAILED: _("The command failed"),
        FailureCode.HUB_UNREACHABLE: _("The engine could not reach the hub"),
        FailureCode.RESULT_INVALID: _("The result could not be accepted"),
        FailureCode.CANCELLED: _("Cancelled"),
    }


def failure(job: Job) -> str:
    """What happened and what to do, as far as the code tells."""
    match job.error_code:
        case FailureCode.LOST_WORKER:
            return _("The worker stopped answering during attempt %(attempt)s of %(most)s.") % {
                "attempt": job.attempt,
                "most": job.max_attempts,
            }
        case FailureCode.KILLED:
            return _("The engine was ended by %(signal)s; the machine may have run out of memory.") % {
                "signal": _signal(job.exit_code)
            }
        case FailureCode.TIME_LIMIT:
            return _("The job ran for its whole time limit of %(seconds)s seconds.") % {
                "seconds": job.time_limit_seconds
            }
        case FailureCode.ENGINE_ERROR:
            return _("The engine ended with status %(status)s; the end of its log tells more.") % {
                "status": "–" if job.exit_code is None else job.exit_code
            }
    return _remedy(job.error_code)


def _remedy(code: str) -> str:
    remedies = {
        FailureCode.LOST_LEASE: _("The worker is there, but did not report on the job in time."),
        FailureCode.MEMORY_LIMIT: _(
            "The worker allows a job less memory. Choose a smaller batch, or a queue with more memory."
        ),
        FailureCode.DISK_LIMIT: _("The worker allows a job less scratch space than this one took."),
        FailureCode.OUT_OF_MEMORY: _(
            "It needed more memory than there is. Choose a smaller batch, or a queue with more memory."
        ),
        FailureCode.CANNOT_START: _(
            "The engine's interpreter did not start on that machine; its operator has to look."
        ),
        FailureCode.BAD_SPEC: _("The order lacks something that the engine needs."),
        FailureCode.BAD_MODEL: _("Choose another model or revision, or mend the model's files."),
        FailureCode.BAD_DATA: _("Choose another dataset or revision, or mend the data."),
        FailureCode.BAD_TASK: _("Mend the declaration of the benchmark, or leave the task out."),
        FailureCode.BAD_OUTPUT: _("The result was made, but could not be uploaded."),
        FailureCode.BAD_INPUT: _("Look into the inputs and settings named below."),
        FailureCode.DIVERGED: _("The loss grew beyond all bounds. Choose a lower learning rate."),
        FailureCode.UPSTREAM: _("Check that the repository and revision exist there and may be read."),
        FailureCode.NO_IMAGE: _(
            "Check the image's name, and that the worker may fetch it; the log tells more."
        ),
        FailureCode.COMMAND_FAILED: _("Its log tells more."),
        FailureCode.HUB_UNREACHABLE: _("The engine lost its connection to this hub for minutes."),
        FailureCode.RESULT_INVALID: _("The engine's result lacks what the hub needs to record it."),
    }
    return remedies.get(code, "")  # type: ignore[call-overload, no-any-return]


def details(job: Job) -> str:
    """What engine or supervisor said, in English, where it adds to the sentence."""
    return "" if job.error_code in SELF_EXPLAINING else job.error_message


def reason(move: JobTransition) -> str:
    """Why a move happened."""
    found = MOVE.fullmatch(move.reason)
    if found is None or found[1] not in set(FailureCode):
        return _(move.reason) if move.reason else ""
    label = failure_title(found[1])
    if found[2] is None:
        return label
    return _("%(failure)s, attempt %(attempt)s of %(most)s") % {
        "failure": label,
        "attempt": found[2],
        "most": found[3],
    }


def _signal(exit_code: int | None) -> str:
    try:
        return signal.Signals(-(exit_code or 0)).name
    except ValueError:
        return _("a signal")
