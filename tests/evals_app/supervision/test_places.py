"""Which of a worker's devices are free, with hardware that is only told of."""

from __future__ import annotations

import pytest

from evals_app.supervision.hardware import Device
from evals_app.supervision.places import Places

GB = 1_000_000_000


def card(number: int, gigabytes: int = 80) -> Device:
    facts = {"kind": "gpu", "name": f"card of {gigabytes}", "memory_bytes": gigabytes * GB, "count": 1}
    return Device(number, facts)


def free(places: Places) -> list[tuple[int, int]]:
    return [(entry["slot"], entry["memory_bytes"] // GB) for entry in places.free]


def test_jobs_share_a_device_as_far_as_its_memory_reaches() -> None:
    places = Places([card(0)], concurrency=4)
    assert [slot["number"] for slot in places.slots] == [0, 1, 2, 3]
    small = places.take([0], 0)
    assert (small.cards, small.memory_bytes) == ("0", 20 * GB)
    assert free(places) == [(1, 60)]
    large = places.take([1], 45 * GB)
    # What is left is less than a share.
    assert free(places) == []
    places.release(small)
    assert free(places) == [(0, 35)]
    places.release(large)
    assert free(places) == [(0, 80)]


def test_a_job_takes_several_devices_together() -> None:
    places = Places([card(0), card(1), card(3, 24)], concurrency=1)
    assert [(device["name"], device["count"]) for device in places.devices] == [
        ("card of 80", 2),
        ("card of 24", 1),
    ]
    given = places.take([0, 2], 20 * GB)
    assert (given.cards, given.memory_bytes) == ("0,3", 24 * GB)
    assert free(places) == [(1, 80)]
    with pytest.raises(ValueError, match="not free"):
        places.take([1, 2], 0)
    places.release(given)
    assert len(places.free) == 3


def test_processors_have_no_cards() -> None:
    facts = {"kind": "cpu", "name": "x", "memory_bytes": 16 * GB, "count": 8}
    places = Places([Device(None, facts)], concurrency=2)
    assert places.take([0], 0).cards is None
    assert (len(places), free(places)) == (2, [(1, 8)])
    with pytest.raises(ValueError, match="not free"):
        places.take([1], 9 * GB)
