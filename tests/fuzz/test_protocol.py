"""Requests of every kind to every route: none may fail the hub, and none may be told a secret.

A few hundred of them, always the same, run with all tests; `make fuzz` sends 20,000 new ones.
"""

from __future__ import annotations

import logging
import os
import random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.judging import Judge
from tests.fuzz.requests import Request, requests
from tests.fuzz.world import World, make_world

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "20000"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or random.randrange(1, 10**9)
# A world in which others have made and changed much finds other faults than a fresh one; both are wanted.
REQUESTS_OF_A_WORLD = 300


class Hub:
    """One world after the other, each undone when it is over; git's files go with the data folder."""

    def __init__(self) -> None:
        self.judge = Judge()
        self.left = 0
        self.world: World | None = None
        self.point: transaction.Atomic | None = None

    def ask(self, request: Request) -> None:
        if self.world is None or self.left <= 0 or self.world.has_changed():
            self.renew()
        assert self.world
        self.left -= 1
        self.judge.try_out(request, self.world)

    def renew(self) -> None:
        self.end()
        self.point = transaction.atomic()
        self.point.__enter__()
        self.world, self.left = make_world(), REQUESTS_OF_A_WORLD

    def end(self) -> None:
        if self.point is not None:
            transaction.set_rollback(True)
            self.point.__exit__(None, None, None)
            self.point = self.world = None


def run(count: int, number: int) -> Judge:
    hub = Hub()
    logging.getLogger().addHandler(hub.judge.log)

    @seed(number)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests())
    def ask(request: Request) -> None:
        if hub.judge.sent < count:
            hub.ask(request)

    try:
        ask()
    finally:
        hub.end()
        logging.getLogger().removeHandler(hub.judge.log)
    return hub.judge


def report(judge: Judge) -> str:
    return "\n\n".join(f"{fault}\n  {shown}" for fault, shown in judge.found.items())


@pytest.mark.django_db
def test_a_hundred_requests_find_nothing() -> None:
    judge = run(120, 1)
    assert not judge.found, report(judge)
    assert {200, 401, 404, 405} <= judge.statuses.keys()


@pytest.mark.slow
@pytest.mark.django_db
def test_many_requests_find_nothing() -> None:
    judge = run(REQUESTS, SEED)
    counts = ", ".join(f"{status}: {count}" for status, count in sorted(judge.statuses.items()))
    print(f"\n{judge.sent} requests with FUZZ_SEED={SEED}: {counts}")
    assert not judge.found, report(judge)
