"""Devices that are held back for a job which needs several of one machine together, and the slots that jobs
take. Pure.

A machine that frees its devices one by one would give each to a job that needs only one, and the job that
needs two would wait as long as such jobs come. So once it has waited for a while, and it is its turn, what is
free of one machine is kept for it until enough is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from evals_app.compute import requirements
from evals_app.compute.models import DeviceClass, Queue
from evals_app.compute.requirements import Capacity, Needs

Key = TypeVar("Key")


@dataclass(slots=True)
class Room:
    """`whole` is what a machine has, `free` what of it may be given to jobs at the moment."""

    whole: Sequence[Mapping[str, Any]]
    free: Sequence[Mapping[str, Any]]
    is_held: bool = False

    @property
    def has_slots(self) -> bool:
        return any("slot" in device for device in self.free)

    def capacity(self, queue: Queue) -> Capacity | None:
        """What the next job of a queue may ask for; None when nothing of the queue's kind is left."""
        if self.is_held and not self.free:
            return None
        if requirements.of_queue(queue, self.whole) and not requirements.of_queue(queue, self.free):
            return None
        return requirements.capacity_for(queue, self.free)

    def capacity_later(self, queue: Queue) -> Capacity | None:
        """What it offers when everything is free; None where that is no more than now."""
        whole = requirements.capacity_for(queue, self.whole)
        return None if whole == requirements.capacity_for(queue, self.free) else whole

    def hold(self, queue: Queue, needs: Needs) -> None:
        """Keep what the job could use; what has too little memory for it stays for others."""
        used = [
            device
            for device in requirements.of_queue(queue, self.free)
            if (device.get("whole_memory_bytes") or device.get("memory_bytes") or requirements.UNTOLD)
            >= needs.memory_bytes
        ]
        self.free = [device for device in self.free if device not in used]
        self.is_held = True


def holder(machines: Iterable[tuple[Key, int]]) -> Key | None:
    """Which of the machines that could run the job keeps its free slots for it: one alone, so that the others
    go on; the one that lacks the least."""
    found = sorted(machines, key=lambda machine: (-machine[1], str(machine[0])))
    return found[0][0] if found else None


def slots_of_job(device_class: str, devices: int, *, has_slots: bool) -> int:
    """How many slots of its worker a job takes. Each card has its own; all processors are one device, and a
    worker that tells of no slots runs one job at a time."""
    return devices if has_slots and device_class == DeviceClass.GPU else 1
