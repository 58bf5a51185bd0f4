"""Energy of processors: the package counters where they may be read, an estimate where not."""

from __future__ import annotations

from pathlib import Path

import psutil

POWERCAP = Path("/sys/class/powercap")


class Processors:
    """A job's part of what the packages used is its part of the machine's busy processor time.

    Without counters each busy core counts `core_watts`; that is an estimate, and called so.
    """

    def __init__(self, core_watts: float, counters: Path = POWERCAP) -> None:
        self.core_watts = core_watts
        self._packages = _readable_packages(counters)
        self._joules = {package: _read(package / "energy_uj") for package in self._packages}
        self._busy = _busy_seconds()

    @property
    def source(self) -> str:
        return "rapl-share" if self._packages else "estimate"

    def joules_for(self, processor_seconds: float) -> float:
        """What so much processor time cost since the last call."""
        if not self._packages:
            return processor_seconds * self.core_watts
        used, busy = self._joules_since_last(), _busy_seconds()
        between, self._busy = busy - self._busy, busy
        return used * min(1.0, processor_seconds / between) if between > 0 else 0.0

    def _joules_since_last(self) -> float:
        total = 0.0
        for package in self._packages:
            now, before = _read(package / "energy_uj"), self._joules[package]
            self._joules[package] = now
            # The counter starts again from nothing once it is full.
            total += now - before if now >= before else now + _read(package / "max_energy_range_uj") - before
        return total


def _readable_packages(counters: Path) -> list[Path]:
    """Whole packages only: what lies below one (`intel-rapl:0:0`) is a part of it."""
    found = []
    for package in sorted(counters.glob("intel-rapl:*")):
        if package.name.count(":") == 1:
            try:
                _read(package / "energy_uj")
                found.append(package)
            except (OSError, ValueError):
                continue
    return found


def _read(file: Path) -> float:
    return int(file.read_text()) / 1e6


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))
