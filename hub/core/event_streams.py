"""Server-sent events: how they are written, and how many streams a web process holds at once.

A stream holds a thread for minutes, so only some of the threads serve streams. Whoever comes too late
is told to come back; pages ask again by short requests meanwhile.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import StreamingHttpResponse

from hub.core.errors import Busy, InvalidInput
from hub.core.transfers import Sending

RETRY_SECONDS = 5
KEEP_ALIVE = b": keep-alive\n\n"

_lock = threading.Lock()
_running = 0


def running() -> int:
    """Streams of this process now."""
    return _running


def frame(data: Any, *, name: str = "", number: int | None = None) -> bytes:
    """One event; `number` is what a client that connects again sends as `Last-Event-ID`."""
    head = f"id: {number}\n" if number is not None else ""
    head += f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def respond(frames: Iterator[bytes]) -> StreamingHttpResponse:
    """The frames as they come, not stored and not buffered on the way. Raises Busy."""
    _begin()
    answer = StreamingHttpResponse(Sending(frames, _end), content_type="text/event-stream; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


def place(last_event_id: str | None, after: str | None) -> int:
    """Where a reader is: what a reconnecting client says before what its address says."""
    text = last_event_id or after or "0"
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise InvalidInput("`after` must be the number of an event.", field="after")
    return int(text)


def _begin() -> None:
    global _running
    with _lock:
        if _running >= settings.WEB_STREAMS:
            raise Busy("The hub serves as many streams as it can. Try again.", retry_after=RETRY_SECONDS)
        _running += 1


def _end() -> None:
    global _running
    with _lock:
        _running -= 1
