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
# A supervisor passes what it gets to the hub; ten a second is more than a page can show.
LEAST_SECONDS_BETWEEN = 0.1

_last: dict[str, float] = {}


def progress(done: float, total: float | None, text: str) -> None:
    """`total` is None while the amount of work is unknown. Too frequent ones are dropped, except the
    first of a text and the one that says all is done."""
    if done == total or _is_due(f"progress {text.partition(',')[0]}"):
        _send({"type": "progress", "done": done, "total": total, "text": text[:200]})


def metric(step: int, values: Mapping[str, float]) -> None:
    finite = {name: float(value) for name, value in values.items() if math.isfinite(value)}
    if finite:
        _send({"type": "metric", "step": step, "values": finite})


def environment(values: Mapping[str, Any]) -> None:
    _send({"type": "environment", "values": values})


def _is_due(key: str) -> bool:
    now = time.monotonic()
    if now - _last.get(key, -1e9) < LEAST_SECONDS_BETWEEN:
        return False
    _last[key] = now
    return True


def _send(event: Mapping[str, Any]) -> None:
    if not _is_open():
        return
    try:
        os.write(EVENTS, (json.dumps(event) + "\n").encode())
    except OSError:
        # The supervisor is gone; `lifetime` ends the program.
        return


def _is_open() -> bool:
    """Only a pipe, a socket or a file given from outside: a descriptor 3 that this program opened
    for something else must not be written to."""
    return _given_from_outside


def _looks_like_a_channel() -> bool:
    try:
        mode = os.fstat(EVENTS).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISREG(mode)


_given_from_outside = _looks_like_a_channel()
