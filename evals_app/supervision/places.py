"""What of a worker's devices is free: each is shared by a few jobs, as far as its memory reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from evals_app.supervision.hardware import Device


@dataclass(slots=True)
class Shared:
    """A device and the slots on it, `first` to `first + count`. `booked` holds the memory that the job in
    a slot was given, in bytes."""

    device: Device
    first: int
    count: int
    booked: dict[int, int] = field(default_factory=dict)

    @property
    def share(self) -> int:
        """What a job gets that does not say how much memory it needs; 0 where the device does not tell."""
        return int(self.device.facts["memory_bytes"]) // self.count

    @property
    def left(self) -> int:
        return int(self.device.facts["memory_bytes"]) - sum(self.booked.values())

    @property
    def free_slot(self) -> int | None:
        """None without a free slot, and while less memory is left than the share of one."""
        if self.left < self.share:
            return None
        slots = range(self.first, self.first + self.count)
        return next((slot for slot in slots if slot not in self.booked), None)


@dataclass(frozen=True, slots=True)
class Given:
    """What a job has of the worker. `cards` is what CUDA_VISIBLE_DEVICES holds; None for processors.
    `memory_bytes` is of each device."""

    slots: tuple[int, ...]
    cards: str | None
    memory_bytes: int


class Places:
    def __init__(self, devices: Sequence[Device], concurrency: int) -> None:
        """`concurrency`: jobs on each device at a time."""
        self._shared = [
            Shared(device, number * concurrency, concurrency) for number, device in enumerate(devices)
        ]
        self.concurrency = concurrency

    def __len__(self) -> int:
        return len(self._shared) * self.concurrency

    @property
    def slots(self) -> list[dict[str, Any]]:
        """All of them, as the hub is told."""
        return [
            {"number": shared.first + place, "device": shared.device.facts}
            for shared in self._shared
            for place in range(shared.count)
        ]

    @property
    def devices(self) -> list[dict[str, Any]]:
        """Equal cards counted together."""
        counted: dict[tuple[Any, ...], dict[str, Any]] = {}
        for facts in (shared.device.facts for shared in self._shared):
            key = facts["kind"], facts["name"], facts["memory_bytes"]
            if key in counted:
                counted[key]["count"] += facts["count"]
            else:
                counted[key] = dict(facts)
        return list(counted.values())

    @property
    def free(self) -> list[dict[str, int]]:
        """Of each device with room: one slot, and the memory that is left."""
        return [
            {"slot": slot, "memory_bytes": shared.left}
            for shared in self._shared
            if (slot := shared.free_slot) is not None
        ]

    def take(self, slots: Sequence[int], memory_bytes: int) -> Given:
        """`memory_bytes` is what the job needs of each; 0 when it did not say. ValueError unless all are
        free."""
        found = [shared for slot in slots for shared in self._shared if shared.free_slot == slot]
        if not slots or len(found) != len(slots) or any(shared.left < memory_bytes for shared in found):
            raise ValueError(f"The slots {list(slots)} are not free.")
        for slot, shared in zip(slots, found, strict=True):
            shared.booked[slot] = max(memory_bytes, shared.share)
        cards = [str(shared.device.card) for shared in found if shared.device.card is not None]
        memory = min(shared.booked[slot] for slot, shared in zip(slots, found, strict=True))
        return Given(tuple(slots), ",".join(cards) if cards else None, memory)

    def release(self, given: Given) -> None:
        for shared in self._shared:
            for slot in given.slots:
                shared.booked.pop(slot, None)
