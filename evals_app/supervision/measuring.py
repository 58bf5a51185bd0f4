"""What an engine uses of its machine: processors, memory, graphics cards, energy.

Read from outside, by the supervisor, from the counters of the system and of the cards. Each name begins
with `system/`; the step is the time in seconds since 1970, so that attempts stand one behind the other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from evals_app.jobs.exchange import EngineEvent, Environment, Metric
from evals_app.supervision import graphics, power

FIRST_LOOK = 1.0
LOOK_SECONDS = 5.0
# Later looks come further apart, so that a job of any length leaves some hundreds of points.
SHARE_OF_RUN = 1 / 120


@dataclass(slots=True)
class Meter:
    """Watches an engine and all that came of it. `look` costs a walk over the machine's processes."""

    pid: int
    core_watts: float
    # A file that an engine may write: the number of a process elsewhere that works for it.
    elsewhere: Path | None = None
    began: float = field(default_factory=time.monotonic)
    looked_at: float = 0.0
    looks: int = 0
    joules: float = 0.0
    _processor_seconds: float = 0.0
    _processors: power.Processors = field(init=False)
    _cards: list[graphics.Card] = field(init=False)

    def __post_init__(self) -> None:
        self._processors = power.Processors(self.core_watts)
        self._cards = graphics.cards_of(self.pid)

    def look_when_due(self) -> Iterator[EngineEvent]:
        ran = time.monotonic() - self.began
        pause = max(LOOK_SECONDS, ran * SHARE_OF_RUN) if self.looks else FIRST_LOOK
        if time.monotonic() - (self.looked_at or self.began) >= pause:
            yield from self.look()

    def look(self) -> Iterator[EngineEvent]:
        """What is used now, on average since the last look. Nothing once the engine is gone."""
        usage = usage_of(self.pid, *self._others())
        if usage is None:
            return
        moment = time.monotonic()
        seconds = max(1e-3, moment - (self.looked_at or self.began))
        spent = max(0.0, usage.processor_seconds - self._processor_seconds)
        self._processor_seconds = max(self._processor_seconds, usage.processor_seconds)
        self.joules += self._processors.joules_for(spent)
        values = {"system/cpu_percent": round(100 * spent / seconds, 1)}
        # What has ended holds no memory; it would only draw the line to the ground.
        if usage.memory_bytes:
            values["system/memory_bytes"] = float(usage.memory_bytes)
        for card in self._cards:
            values |= card.read()
            self.joules += card.joules_since_last(seconds)
        values["system/energy_joules"] = round(self.joules, 3)
        if not self.looks:
            yield Environment(self._machine())
        self.looked_at, self.looks = moment, self.looks + 1
        yield Metric(int(time.time()), values)

    def _others(self) -> list[int]:
        try:
            return [int(self.elsewhere.read_text())] if self.elsewhere else []
        except (OSError, ValueError):
            return []

    def _machine(self) -> dict[str, object]:
        sources = [self._processors.source, *(card.source for card in self._cards)]
        machine: dict[str, object] = {
            "cores": psutil.cpu_count(),
            "memory_bytes": psutil.virtual_memory().total,
            "energy_sources": sorted(set(sources)),
        }
        if self._cards:
            machine["gpus"] = [card.name for card in self._cards]
            machine["gpu_memory_bytes"] = self._cards[0].memory_bytes
        return {"machine": machine}


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor time of all that lives, and of what has ended and was waited for."""

    processor_seconds: float
    memory_bytes: int


def _tree(pid: int) -> set[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return {root, *root.children(recursive=True)}
    except psutil.Error:
        return set()


def usage_of(pid: int, *others: int) -> Usage | None:
    """Of a process and all below it, and of others that work for it; None when it is gone."""
    if not (processes := _tree(pid)):
        return None
    # A container's process may, or may not, stand below the engine as well.
    processes = {*processes, *(process for other in others for process in _tree(other))}
    seconds, memory = 0.0, 0
    for process in processes:
        try:
            with process.oneshot():
                times = process.cpu_times()
                seconds += times.user + times.system
                seconds += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
                memory += process.memory_info().rss
        except psutil.Error:
            continue
    return Usage(seconds, memory)
