"""Whose turn it is: a pure choice among the owners who wait in a queue.

Start-time fair queueing. Every owner has a clock, its *turn*, which a started job moves on by its
device seconds over the owner's weight; the earliest turn is served. The queue remembers the turn it
served last, and whoever waits anew begins there: an owner who was away has neither saved up a right
to everything nor has to pay for what ran while nobody else wanted it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

NEVER = datetime.min.replace(tzinfo=UTC)
# What a job is taken to last while nothing is known of its owner's or the queue's jobs.
UNKNOWN_SECONDS = 60.0
# How much the newest job says about the next one.
NEWEST_COUNTS = 0.3

# Lending: each so many GPU hours, the older ones counting half after a month, add 1 to the weight.
LENT_HOURS_FOR_ONE = 100.0
LENT_HALF_LIFE_DAYS = 30.0
MOST_FROM_LENDING = 9.0


class Hindrance(StrEnum):
    """Why an owner gets no slot now, whatever its turn."""

    BUDGET = "budget"
    RUNNING_LIMIT = "running-limit"
    RESERVATION = "reservation"


@dataclass(frozen=True, slots=True)
class Claimant:
    """An owner with waiting jobs in a queue. `reserved` slots are kept for it at the moment; its running jobs
    take so many slots, where that is `taken` to be other than one each."""

    owner_id: int
    turn: float = 0.0
    weight: float = 1.0
    served_at: datetime | None = None
    typical_seconds: float = UNKNOWN_SECONDS
    running: int = 0
    most_running: int | None = None
    reserved: int = 0
    taken: int | None = None
    is_budget_spent: bool = False

    @property
    def step(self) -> float:
        """How far the next start is expected to move the turn."""
        return self.typical_seconds / self.weight

    @property
    def unfilled(self) -> int:
        return max(0, self.reserved - (self.running if self.taken is None else self.taken))


@dataclass(frozen=True, slots=True)
class Situation:
    """A queue at one moment. `unfilled` tells, of every owner with a reservation, waiting or not, how
    many of its slots it does not use."""

    turn: float = 0.0
    free: int = 1
    unfilled: Mapping[int, int] = field(default_factory=dict)


def start_of(claimant: Claimant, situation: Situation) -> float:
    return max(claimant.turn, situation.turn)


def hindrance(claimant: Claimant, situation: Situation) -> Hindrance | None:
    if claimant.is_budget_spent:
        return Hindrance.BUDGET
    if claimant.most_running is not None and claimant.running >= claimant.most_running:
        return Hindrance.RUNNING_LIMIT
    return Hindrance.RESERVATION if most_slots(claimant, situation) < 1 else None


def most_slots(claimant: Claimant, situation: Situation) -> int:
    """How many of the free slots the owner's next job may take: not those that are kept for others."""
    unfilled = situation.unfilled
    if not unfilled:
        return situation.free
    kept = sum(slots for owner, slots in unfilled.items() if owner != claimant.owner_id)
    # Its own come before those of others, should more be kept than is free.
    return max(situation.free - kept, min(claimant.unfilled, situation.free) if claimant.unfilled else 0)


def order(claimants: Iterable[Claimant], situation: Situation) -> list[Claimant]:
    """Those who may start a job now, the first one first.

    Slots that are kept for an owner come before every turn; among equal turns, who waited longest
    for one. What an owner submits or calls urgent does not enter: it orders only its own jobs.
    """
    able = [claimant for claimant in claimants if hindrance(claimant, situation) is None]
    return sorted(able, key=lambda claimant: (not claimant.unfilled, *_turn_key(claimant, situation)))


def _turn_key(claimant: Claimant, situation: Situation) -> tuple[float, datetime, int]:
    return start_of(claimant, situation), claimant.served_at or NEVER, claimant.owner_id


def charge(claimant: Claimant, devices: int) -> float:
    """By how much the start of a job moves its owner's turn."""
    return claimant.step * devices


def corrected(charge: float, spent: float, weight: float) -> float:
    """By how much a turn moves at the end of a job that moved it by `charge` at its start."""
    return spent / weight - charge


def typical(before: float | None, spent: float) -> float:
    return spent if before is None else before + NEWEST_COUNTS * (spent - before)


def place(
    mine: Claimant, jobs_before: int, others: Iterable[tuple[Claimant, int]], situation: Situation
) -> int:
    """The place, from 1, of a job that waits behind `jobs_before` of its owner's own.

    `others` are the other owners with the number of their waiting jobs. As it would be served if
    everything took what it usually takes and nothing new came.
    """
    start = start_of(mine, situation) + jobs_before * mine.step
    ahead = sum(
        _starts_before(start, mine, other, waiting, situation)
        for other, waiting in others
        if not other.is_budget_spent
    )
    return jobs_before + ahead + 1


def _starts_before(start: float, mine: Claimant, other: Claimant, waiting: int, situation: Situation) -> int:
    distance = start - start_of(other, situation)
    if distance < 0:
        return 0
    steps = distance / other.step
    whole = math.floor(steps)
    wins_tie = _turn_key(other, situation)[1:] < _turn_key(mine, situation)[1:]
    return min(waiting, whole + (1 if steps > whole or wins_tie else 0))


def seconds_until_start(
    place: int, slots: int, running_for: Sequence[float], typical_seconds: float
) -> float | None:
    """When the job at a place will start if every job takes the typical time; None without slots.

    `running_for` tells how long each running job has been on its slot.
    """
    if slots <= 0:
        return None
    remaining = sorted(max(0.0, typical_seconds - seconds) for seconds in running_for)[:slots]
    free_at = [0.0] * (slots - len(remaining)) + remaining
    rounds, slot = divmod(place - 1, slots)
    return free_at[slot] + rounds * typical_seconds


def reserved_slots(share: float, slots: int) -> int:
    """Rounded down: half of one slot keeps nothing."""
    return math.floor(share * slots + 1e-9)


def lending_weight(lent: Iterable[tuple[float, float]]) -> float:
    """What lent GPU time adds to a weight; each with its age in days and its hours."""
    hours: float = sum(amount * 0.5 ** (age / LENT_HALF_LIFE_DAYS) for age, amount in lent)
    return min(MOST_FROM_LENDING, hours / LENT_HOURS_FOR_ONE)
