"""Wakes those who wait in this process for work in a queue, as soon as it is committed.

Only a hint, like a message to the broker: whoever waits also looks by itself now and then, since the work
may come from another process.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

_condition = threading.Condition()
_rung: Counter[str] = Counter()


def ring(queue_slug: str) -> None:
    with _condition:
        _rung[queue_slug] += 1
        _condition.notify_all()


def heard(queue_slugs: Iterable[str]) -> int:
    """To be read before looking for work: what is rung for later ends the wait at once."""
    return sum(_rung[slug] for slug in queue_slugs)


def wait(queue_slugs: Iterable[str], since: int, seconds: float) -> None:
    slugs = tuple(queue_slugs)
    with _condition:
        _condition.wait_for(lambda: heard(slugs) != since, seconds)
