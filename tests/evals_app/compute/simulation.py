"""A week of a queue, played with the very functions that choose among waiting jobs."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from evals_app.compute import fairshare
from evals_app.compute.fairshare import Claimant, Situation

START = datetime(2026, 1, 5, tzinfo=UTC)
WEEK = 7 * 86_400.0


@dataclass
class Owner:
    """`is_waiting` tells whether it has something to run at a moment, in seconds of the week."""

    weight: float
    seconds: Callable[[random.Random], float]
    is_waiting: Callable[[float], bool] = lambda _moment: True
    turn: float = 0.0
    typical: float | None = None
    served_at: datetime | None = None
    running: int = 0
    used: float = 0.0
    starts: list[float] = field(default_factory=list)


@dataclass
class Week:
    owners: dict[int, Owner]
    slots: int
    seed: int = 7
    queue_turn: float = 0.0

    def play(self, until: float = WEEK) -> dict[int, Owner]:
        """Every slot takes the next job as soon as it is free, or looks again after a minute."""
        dice = random.Random(self.seed)
        events: list[tuple[float, int, int, float, float]] = [
            (0.0, slot, 0, 0.0, 0.0) for slot in range(self.slots)
        ]
        heapq.heapify(events)
        while events:
            moment, slot, ended, charge, spent = heapq.heappop(events)
            if ended:
                self._end(ended, charge, spent)
            if moment >= until:
                continue
            heapq.heappush(events, self._start(moment, slot, dice, until))
        return self.owners

    def _start(
        self, moment: float, slot: int, dice: random.Random, until: float
    ) -> tuple[float, int, int, float, float]:
        situation = Situation(turn=self.queue_turn)
        order = fairshare.order(self._claimants(moment), situation)
        if not order:
            return moment + 60.0, slot, 0, 0.0, 0.0
        chosen = order[0]
        owner = self.owners[chosen.owner_id]
        seconds = owner.seconds(dice)
        charge = fairshare.charge(chosen, 1)
        self.queue_turn = max(self.queue_turn, fairshare.start_of(chosen, situation))
        owner.turn = max(owner.turn, self.queue_turn) + charge
        owner.served_at = START + timedelta(seconds=moment)
        owner.running += 1
        owner.starts.append(moment)
        owner.used += min(seconds, until - moment)
        return moment + seconds, slot, chosen.owner_id, charge, seconds

    def _end(self, number: int, charge: float, spent: float) -> None:
        owner = self.owners[number]
        owner.running -= 1
        owner.turn += fairshare.corrected(charge, spent, owner.weight)
        owner.typical = fairshare.typical(owner.typical, spent)

    def _claimants(self, moment: float) -> list[Claimant]:
        return [
            Claimant(
                number,
                turn=owner.turn,
                weight=owner.weight,
                served_at=owner.served_at,
                typical_seconds=owner.typical or fairshare.UNKNOWN_SECONDS,
                running=owner.running,
            )
            for number, owner in self.owners.items()
            if owner.is_waiting(moment)
        ]


def shares(owners: dict[int, Owner]) -> dict[int, tuple[float, float]]:
    """Of each owner the share of the time used and the share that its weight gives it."""
    used, weights = sum(o.used for o in owners.values()), sum(o.weight for o in owners.values())
    return {number: (owner.used / used, owner.weight / weights) for number, owner in owners.items()}


def around(seconds: float) -> Callable[[random.Random], float]:
    """Durations that differ as real ones do: many short, few long."""
    return lambda dice: seconds * dice.lognormvariate(-0.32, 0.8)
