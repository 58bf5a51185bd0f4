"""Whose turn it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from evals_app.compute.fairshare import Usage, Waiting, choose

START = datetime(2026, 1, 1, tzinfo=UTC)


def waiting(number: int, owner: int, *, priority: int = 0, minutes: int = 0) -> Waiting:
    return Waiting(UUID(int=number), owner, priority, START + timedelta(minutes=minutes))


def test_it_takes_the_owner_who_had_least() -> None:
    jobs = [waiting(1, owner=1), waiting(2, owner=2, minutes=60)]
    assert choose(jobs, {1: Usage(100.0), 2: Usage(10.0)}) == jobs[1]


def test_it_takes_turns_among_equals() -> None:
    jobs = [waiting(1, owner=1), waiting(2, owner=2)]
    assert choose(jobs, {1: Usage(0, START), 2: Usage(0, START - timedelta(hours=1))}) == jobs[1]
    assert choose(jobs, {1: Usage(0, START)}) == jobs[1]


def test_it_lets_priority_order_only_ones_own_jobs() -> None:
    own = [waiting(1, owner=1), waiting(2, owner=1, priority=5, minutes=9)]
    assert choose(own, {}) == own[1]
    rival = waiting(3, owner=2)
    assert choose([*own, rival], {1: Usage(1.0)}) == rival


def test_it_takes_the_oldest_last() -> None:
    jobs = [waiting(1, owner=1, minutes=5), waiting(2, owner=1)]
    assert choose(jobs, {}) == jobs[1]


def test_it_chooses_nothing_when_nothing_waits() -> None:
    assert choose([], {}) is None
