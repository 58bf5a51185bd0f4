"""Reads what an engine says, as it comes, without ever waiting for it."""

from __future__ import annotations

import codecs
import json
import os
import selectors
from collections.abc import Iterable

from evals_app.jobs.exchange import EngineEvent, LogText, Progress, parse_event
from evals_app.supervision.coordination import Numbered
from evals_app.supervision.engine_process import EngineProcess

BLOCK = 65_536
# A line longer than this is no event; an engine must not make its supervisor grow.
MAX_LINE = 1_000_000
# Output that comes faster than the hub takes it is dropped in the middle.
MAX_PENDING = 1_000_000
MAX_EVENTS = 100_000
DROPPED = "\n[Output came faster than it could be kept; some is missing here.]\n"


class EventStream:
    def __init__(self, engine: EngineProcess) -> None:
        self._events = engine.events
        self._output = engine.output
        self._line = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._pending: list[Numbered] = []
        self._count = 0
        self._pending_characters = 0
        self._selector = selectors.DefaultSelector()
        self._selector.register(engine.events, selectors.EVENT_READ)
        self._selector.register(engine.output, selectors.EVENT_READ)

    def wait(self, seconds: float) -> None:
        """Read what is there, or until something is."""
        for key, _mask in self._selector.select(seconds):
            self._read(key.fd)

    def drain(self) -> None:
        """Read what an ended engine left in its pipes."""
        for descriptor in (self._events, self._output):
            while self._read(descriptor):
                pass

    def add(self, events: Iterable[EngineEvent]) -> None:
        """What the supervisor itself has to tell."""
        for event in events:
            self._add(event)

    def take(self) -> list[Numbered]:
        """Everything heard since the last call; of progress only the newest, so numbers may be missing."""
        taken, self._pending, self._pending_characters = self._pending, [], 0
        newest = max((number for number, event in taken if isinstance(event, Progress)), default=0)
        return [
            (number, event) for number, event in taken if not isinstance(event, Progress) or number == newest
        ]

    def give_back(self, events: list[Numbered]) -> None:
        """What could not be delivered comes again with the next `take`, under the same numbers."""
        self._pending = events + self._pending
        self._pending_characters += sum(len(event.text) for _, event in events if isinstance(event, LogText))

    @property
    def has_news(self) -> bool:
        return bool(self._pending)

    def close(self) -> None:
        self._selector.close()

    def _read(self, descriptor: int) -> bool:
        try:
            data = os.read(descriptor, BLOCK)
        except BlockingIOError:
            return False
        if not data:
            if descriptor in self._selector.get_map():
                self._selector.unregister(descriptor)
            return False
        if descriptor == self._output:
            self._take_output(self._decoder.decode(data))
        else:
            self._take_lines(data)
        return True

    def _take_output(self, text: str) -> None:
        if self._pending_characters > MAX_PENDING:
            return
        self._pending_characters += len(text)
        cut = self._pending_characters > MAX_PENDING
        self._add(LogText(text + DROPPED if cut else text))

    def _take_lines(self, data: bytes) -> None:
        *lines, rest = (self._line + data).split(b"\n")
        self._line = rest if len(rest) <= MAX_LINE else b""
        for line in lines:
            try:
                event = parse_event(json.loads(line))
            except ValueError:
                continue
            if event is not None and len(self._pending) < MAX_EVENTS:
                self._add(event)

    def _add(self, event: EngineEvent) -> None:
        self._count += 1
        self._pending.append((self._count, event))
