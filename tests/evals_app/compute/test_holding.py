"""What is kept of a machine for a job that needs several of its devices together."""

from __future__ import annotations

from typing import Any

from evals_app.compute import holding
from evals_app.compute.holding import Room
from evals_app.compute.models import DeviceClass, Queue
from evals_app.compute.requirements import Needs

GPU = Queue(slug="gpu", device_class=DeviceClass.GPU)
GIGABYTE = 10**9


def card(slot: int, gigabytes: int, left: int | None = None) -> dict[str, Any]:
    memory = (gigabytes if left is None else left) * GIGABYTE
    whole = gigabytes * GIGABYTE
    return {"kind": "gpu", "count": 1, "slot": slot, "memory_bytes": memory, "whole_memory_bytes": whole}


def fits(room: Room, devices: int, gigabytes: int = 0) -> bool:
    capacity = room.capacity(GPU)
    return capacity is not None and capacity.fits(Needs(devices, gigabytes * GIGABYTE))


def test_a_machine_that_is_wholly_free_has_nothing_to_wait_for() -> None:
    cards = [card(0, 80), card(1, 80)]
    assert Room(cards, cards).capacity_later(GPU) is None
    later = Room(cards, cards[:1]).capacity_later(GPU)
    assert later is not None
    assert later.fits(Needs(2, 80 * GIGABYTE))


def test_it_keeps_what_the_job_could_use_and_no_more() -> None:
    cards = [card(0, 80), card(1, 80), card(2, 24)]
    room = Room(cards, [cards[1], cards[2]])
    room.hold(GPU, Needs(2, 40 * GIGABYTE))
    assert fits(room, 1, 24)
    assert not fits(room, 1, 25)
    assert not fits(room, 2)
    room.hold(GPU, Needs(3))
    assert room.capacity(GPU) is None


def test_a_card_that_others_share_is_kept_for_who_needs_its_whole_memory() -> None:
    whole = [card(0, 80)]
    room = Room(whole, [card(0, 80, left=40)])
    assert room.capacity_later(GPU) is not None
    room.hold(GPU, Needs(1, 60 * GIGABYTE))
    assert not fits(room, 1)


def test_one_machine_alone_keeps_devices_the_one_that_lacks_the_least() -> None:
    assert holding.holder([("b", 1), ("a", 1), ("c", 3)]) == "c"
    assert holding.holder([("b", 1), ("a", 1)]) == "a"
    assert holding.holder([]) is None


def test_a_job_takes_a_slot_of_each_card_and_one_of_the_processors() -> None:
    assert holding.slots_of_job("gpu", 4, has_slots=True) == 4
    assert holding.slots_of_job("gpu", 4, has_slots=False) == 1
    assert holding.slots_of_job("cpu", 4, has_slots=True) == 1
