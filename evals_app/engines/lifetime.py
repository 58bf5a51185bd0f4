"""When to end: on SIGTERM at the next safe point, and at once when the supervisor has died."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType

_stop = threading.Event()
ORPHANED = 75


class Stopped(Exception):
    """Raised at a point where everything worth keeping has been saved."""


def watch() -> None:
    signal.signal(signal.SIGTERM, _on_terminate)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()


def stop_requested() -> bool:
    return _stop.is_set()


def check() -> None:
    """Raise Stopped if the program was asked to end."""
    if _stop.is_set():
        raise Stopped


def _on_terminate(_signal: int, _frame: FrameType | None) -> None:
    _stop.set()


def _end_with_parent(parent: int) -> None:
    """A job whose supervisor was killed is leased anew elsewhere; two must not write its results."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(ORPHANED)
