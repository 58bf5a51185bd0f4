"""What is seen of an engine from outside; the card's driver and the counters' files are stood in for."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evals_app.jobs.exchange import Environment, Metric
from evals_app.supervision import graphics, power
from evals_app.supervision.measuring import Meter, usage_of

BURN = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "x = bytearray(40_000_000)\\nwhile True: pass"])
print("started", flush=True)
time.sleep(60)
"""


@pytest.fixture
def busy() -> Iterator[int]:
    """A process that sleeps, with a child that works."""
    process = subprocess.Popen(
        [sys.executable, "-c", BURN], stdout=subprocess.PIPE, start_new_session=True, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.4)
    try:
        yield process.pid
    finally:
        subprocess.run(["kill", "-KILL", "--", f"-{process.pid}"])
        process.wait()


def test_it_sees_all_that_came_of_an_engine(busy: int) -> None:
    meter = Meter(busy, core_watts=10.0)
    told, first = list(meter.look())
    assert isinstance(told, Environment)
    assert told.values["machine"]["energy_sources"]
    time.sleep(0.5)
    (second,) = list(meter.look())
    assert isinstance(first, Metric)
    assert isinstance(second, Metric)
    assert second.values["system/cpu_percent"] > 5
    assert second.values["system/memory_bytes"] > 40_000_000
    assert second.values["system/energy_joules"] >= first.values["system/energy_joules"]


def test_it_looks_when_due_and_says_nothing_of_what_is_gone(busy: int) -> None:
    meter = Meter(busy, core_watts=10.0)
    assert list(meter.look_when_due()) == []
    meter.began -= 2
    assert len(list(meter.look_when_due())) == 2
    assert list(meter.look_when_due()) == []
    assert list(Meter(2**22 + 1, core_watts=10.0).look()) == []
    assert usage_of(2**22 + 1) is None


class FakeNvml:
    """A driver with two cards, the second without a counter of energy."""

    class NVMLError(Exception):
        pass

    def __init__(self) -> None:
        self.millijoules = 5_000

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlDeviceGetHandleByUUID(self, name: str) -> int:  # noqa: N802
        return {"GPU-a": 0, "GPU-b": 1}[name]

    def nvmlDeviceGetName(self, handle: int) -> str:  # noqa: N802
        return f"Card {handle}"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:  # noqa: N802
        return SimpleNamespace(total=80, used=20 + handle)

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> Any:  # noqa: N802
        return SimpleNamespace(gpu=50 + handle)

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:  # noqa: N802
        return 100_000

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: int) -> int:  # noqa: N802
        if handle:
            raise self.NVMLError
        return self.millijoules


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        (None, ["Card 0", "Card 1"]),
        ("1", ["Card 1"]),
        ("GPU-b,0", ["Card 1", "Card 0"]),
        ("", []),
        ("-1,0", []),
    ],
)
def test_it_watches_the_cards_that_the_engine_was_given(visible: str | None, names: list[str]) -> None:
    nvml: Any = FakeNvml()
    handles = graphics._handles(nvml, visible)
    assert [graphics.Card(nvml, n, handle).name for n, handle in enumerate(handles)] == names


def test_energy_of_cards_comes_from_their_counter_or_their_power() -> None:
    nvml: Any = FakeNvml()
    counted, uncounted = graphics.Card(nvml, 0, 0), graphics.Card(nvml, 1, 1)
    assert counted.read() == {"system/gpu0_percent": 50.0, "system/gpu0_memory_bytes": 20.0}
    uncounted.read()
    nvml.millijoules += 7_000
    assert (counted.source, counted.joules_since_last(2.0)) == ("nvml-counter", 7.0)
    assert (uncounted.source, uncounted.joules_since_last(2.0)) == ("nvml-power", 200.0)


def test_energy_of_processors_is_the_jobs_part_of_the_counters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "intel-rapl:0"
    package.mkdir()
    (tmp_path / "intel-rapl:0:0").mkdir()
    (package / "energy_uj").write_text("9000000")
    (package / "max_energy_range_uj").write_text("10000000")
    busy = iter([100.0, 104.0, 108.0])
    monkeypatch.setattr(power, "_busy_seconds", lambda: next(busy))
    processors = power.Processors(8.0, tmp_path)
    (package / "energy_uj").write_text("9800000")
    assert processors.source == "rapl-share"
    assert processors.joules_for(1.0) == pytest.approx(0.2)
    (package / "energy_uj").write_text("200000")
    assert processors.joules_for(4.0) == pytest.approx(0.4)


def test_without_counters_it_is_an_estimate(tmp_path: Path) -> None:
    processors = power.Processors(8.0, tmp_path)
    assert (processors.source, processors.joules_for(2.0)) == ("estimate", 16.0)
