"""Counters of graphics cards, by NVML where it is there."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import psutil

# More of them than a chart can tell apart.
MOST_CARDS = 8


class Card:
    """One card. Energy by its own counter where it has one, else by its power at each look."""

    def __init__(self, nvml: ModuleType, number: int, handle: Any) -> None:
        self._nvml, self._handle, self.number = nvml, handle, number
        name = nvml.nvmlDeviceGetName(handle)
        self.name = name.decode() if isinstance(name, bytes) else str(name)
        self.memory_bytes = int(nvml.nvmlDeviceGetMemoryInfo(handle).total)
        self._last_millijoules = self._counter()
        self._watts = 0.0

    @property
    def source(self) -> str:
        return "nvml-counter" if self._last_millijoules is not None else "nvml-power"

    def read(self) -> dict[str, float]:
        """Empty where the card does not tell."""
        prefix = f"system/gpu{self.number}"
        try:
            rates = self._nvml.nvmlDeviceGetUtilizationRates(self._handle)
            memory = self._nvml.nvmlDeviceGetMemoryInfo(self._handle)
            self._watts = self._nvml.nvmlDeviceGetPowerUsage(self._handle) / 1000
        except self._nvml.NVMLError:
            return {}
        return {f"{prefix}_percent": float(rates.gpu), f"{prefix}_memory_bytes": float(memory.used)}

    def joules_since_last(self, seconds: float) -> float:
        if self._last_millijoules is None:
            return self._watts * seconds
        now = self._counter()
        if now is None:
            return 0.0
        before, self._last_millijoules = self._last_millijoules, now
        return max(0.0, (now - before) / 1000)

    def _counter(self) -> int | None:
        try:
            return int(self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._handle))
        except self._nvml.NVMLError:
            return None


def cards_of(pid: int) -> list[Card]:
    """The cards that an engine was given, by its own `CUDA_VISIBLE_DEVICES`; none where there is no NVML."""
    try:
        import pynvml
    except ImportError:
        return []
    try:
        pynvml.nvmlInit()
        handles = _handles(pynvml, _visible(pid))
        return [Card(pynvml, number, handle) for number, handle in enumerate(handles[:MOST_CARDS])]
    except (pynvml.NVMLError, OSError):
        return []


def _visible(pid: int) -> str | None:
    try:
        visible: str | None = psutil.Process(pid).environ().get("CUDA_VISIBLE_DEVICES")
    except psutil.Error:
        return ""
    return visible


def _handles(nvml: ModuleType, visible: str | None) -> list[Any]:
    if visible is None:
        return [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
    found = []
    for name in visible.split(","):
        wanted = name.strip()
        if wanted.isdecimal():
            found.append(nvml.nvmlDeviceGetHandleByIndex(int(wanted)))
        elif wanted.startswith("GPU-"):
            found.append(nvml.nvmlDeviceGetHandleByUUID(wanted))
        else:
            # As the driver reads it: the list ends at the first name that is none.
            break
    return found
