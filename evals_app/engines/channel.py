"""Events to the supervisor: one JSON object a line on file descriptor 3. Without one they go nowhere."""

from __future__ import annotations

import json
import math
import os
import stat
import time
from collections.abc import Mapping
from typing import Any

EVENTS = 3
# The hub keeps the newest progress; more often than people look it would only cost.
LEAST_SECONDS_BETWEEN = 0.5

_last_progress = 0.0


def progress(done: float, total: float | None, text: str) -> None:
    """`total` is None while the amount of work is unknown. Counts that come too fast are dropped; a new
    stage (no total), which the log shows too, and the last count are not."""
    global _last_progress
    now = time.monotonic()
    if total is not None and done != total and now - _last_progress < LEAST_SECONDS_BETWEEN:
        return
    _last_progress = now
    if total is None:
        print(text, flush=True)
    _send({"type": "progress", "done": done, "total": total, "text": text[:200]})


def metric(step: int, values: Mapping[str, float]) -> None:
    finite = {name: float(value) for name, value in values.items() if math.isfinite(value)}
    if finite:
        _send({"type": "metric", "step": step, "values": finite})


def environment(values: Mapping[str, Any]) -> None:
    _send({"type": "environment", "values": values})


def _send(event: Mapping[str, Any]) -> None:
    if not _IS_OPEN:
        return
    try:
        os.write(EVENTS, (json.dumps(event) + "\n").encode())
    except OSError:
        # The supervisor is gone; `lifetime` ends the program.
        return


def _given_from_outside() -> bool:
    """A pipe, a socket or a file: a descriptor 3 that this program opened itself must not be written to,
    so the question is asked once, at the start."""
    try:
        mode = os.fstat(EVENTS).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISREG(mode)


_IS_OPEN = _given_from_outside()
