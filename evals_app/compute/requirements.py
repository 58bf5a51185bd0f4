"""What a job needs of one machine, and whether a machine or a queue has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evals_app.compute.models import DeviceClass, Queue

GIGABYTE = 1_000_000_000
# What a machine is taken to have of what it did not tell.
UNTOLD = 2**62


@dataclass(frozen=True, slots=True)
class Needs:
    """Devices of one machine, and the memory of each."""

    devices: int = 1
    memory_bytes: int = 0

    def __str__(self) -> str:
        devices = ngettext("%(number)d device", "%(number)d devices", self.devices) % {"number": self.devices}
        if not self.memory_bytes:
            return devices
        memory = f"{self.memory_bytes / GIGABYTE:.4g}"
        return _("%(devices)s with %(memory)s GB") % {"devices": devices, "memory": memory}


@dataclass(frozen=True, slots=True)
class Capacity:
    """The most that a job may ask for: so many devices with so much memory each, or more with less."""

    steps: tuple[Needs, ...]

    def fits(self, needs: Needs) -> bool:
        return any(
            needs.devices <= step.devices and needs.memory_bytes <= step.memory_bytes for step in self.steps
        )


def capacity_for(queue: Queue, devices: Sequence[Mapping[str, Any]]) -> Capacity | None:
    """What a machine with these devices (as `hardware.devices` tells them) offers to a queue's jobs; None
    when it has no card of the queue's kind.

    A machine that tells of no device of the queue's class is taken to have what the queue declares.
    """
    own = of_queue(queue, devices)
    if not own:
        return None if queue.gpu_pattern and queue.device_class == DeviceClass.GPU else declared(queue)
    steps: list[Needs] = []
    count = 0
    for device in sorted(own, key=_memory_of, reverse=True):
        count += _count_of(device)
        memory = _memory_of(device)
        if steps and steps[-1].memory_bytes == memory:
            steps.pop()
        steps.append(Needs(count, memory))
    return Capacity(tuple(steps))


def chosen(queue: Queue, devices: Sequence[Mapping[str, Any]], needs: Needs) -> list[Mapping[str, Any]]:
    """Which of the devices of a machine a job gets that fits it: those with the least memory that is
    enough, so that the large ones stay free for who needs them."""
    own = of_queue(queue, devices)
    if not own:
        # It tells of none of the queue's class: one slot of whatever it has.
        return list(devices[:1])
    found: list[Mapping[str, Any]] = []
    for device in sorted(own, key=_memory_of):
        if sum(map(_count_of, found)) < needs.devices and _memory_of(device) >= needs.memory_bytes:
            found.append(device)
    return found


def of_queue(queue: Queue, devices: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of a machine's devices that the queue is for."""
    own = [device for device in devices if device.get("kind") == queue.device_class]
    if queue.gpu_pattern and queue.device_class == DeviceClass.GPU:
        own = [device for device in own if _matches(str(device.get("name")), queue.gpu_pattern)]
    return own


def _memory_of(device: Mapping[str, Any]) -> int:
    return int(device.get("memory_bytes") or UNTOLD)


def _count_of(device: Mapping[str, Any]) -> int:
    return int(device.get("count") or 1)


def declared(queue: Queue) -> Capacity:
    return Capacity((Needs(queue.devices or UNTOLD, queue.memory_bytes or UNTOLD),))


def most_of(queue: Queue, machines: Iterable[Sequence[Mapping[str, Any]]]) -> str:
    """In words: the most devices and the most memory of one that there are, as far as it is known."""
    known = [capacity for devices in machines if (capacity := capacity_for(queue, devices))]
    offers = [step for capacity in known or [declared(queue)] for step in capacity.steps]
    devices = min(queue.devices or UNTOLD, max(offer.devices for offer in offers))
    memory = min(queue.memory_bytes or UNTOLD, max(offer.memory_bytes for offer in offers))
    return str(Needs(devices if devices < UNTOLD else 1, memory if memory < UNTOLD else 0))


def could_ever(queue: Queue, machines: Iterable[Sequence[Mapping[str, Any]]], needs: Needs) -> bool:
    """Whether the queue's declaration allows it, and a machine that is known to serve it has it.

    A queue that no machine is known for has what it declares.
    """
    if not declared(queue).fits(needs):
        return False
    known = list(machines)
    capacities = [capacity for devices in known if (capacity := capacity_for(queue, devices))]
    return any(capacity.fits(needs) for capacity in capacities) if known else True


def _matches(name: str, pattern: str) -> bool:
    return fnmatch(name.lower(), pattern.lower())
