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
    """The most that a job may ask for."""

    devices: int
    memory_bytes: int

    def fits(self, needs: Needs) -> bool:
        return needs.devices <= self.devices and needs.memory_bytes <= self.memory_bytes


def capacity_for(queue: Queue, devices: Sequence[Mapping[str, Any]]) -> Capacity | None:
    """What a machine with these devices (as `hardware.devices` tells them) offers to a queue's jobs; None
    when it has no card of the queue's kind.

    A machine that tells of no device of the queue's class is taken to have what the queue declares.
    """
    own = [device for device in devices if device.get("kind") == queue.device_class]
    if queue.gpu_pattern and queue.device_class == DeviceClass.GPU:
        own = [device for device in own if _matches(str(device.get("name")), queue.gpu_pattern)]
        if not own:
            return None
    if not own:
        return declared(queue)
    return Capacity(
        devices=sum(int(device.get("count") or 1) for device in own),
        memory_bytes=max(int(device.get("memory_bytes") or UNTOLD) for device in own),
    )


def declared(queue: Queue) -> Capacity:
    return Capacity(queue.devices or UNTOLD, queue.memory_bytes or UNTOLD)


def most_of(queue: Queue, machines: Iterable[Sequence[Mapping[str, Any]]]) -> str:
    """In words: the most devices and the most memory of one that there are, as far as it is known."""
    known = [capacity for devices in machines if (capacity := capacity_for(queue, devices))]
    offers = known or [declared(queue)]
    limits = declared(queue)
    devices = min(limits.devices, max(offer.devices for offer in offers))
    memory = min(limits.memory_bytes, max(offer.memory_bytes for offer in offers))
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
