"""Whose turn it is: a pure choice among waiting jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    job_id: UUID
    owner_id: int
    priority: int
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """What an owner had lately: seconds on a device, and when a job of theirs was last started."""

    seconds: float = 0.0
    last_served_at: datetime | None = None


NOTHING = Usage()


def choose(waiting: Iterable[Waiting], usage: Mapping[int, Usage]) -> Waiting | None:
    """The owner who had least goes first, then who waited longest for a turn; within one owner,
    the higher priority, then the older job. So no owner can crowd out the others by submitting more,
    and a priority only orders one's own jobs.
    """

    def turn(job: Waiting) -> tuple[float, datetime, int, datetime, str]:
        had = usage.get(job.owner_id, NOTHING)
        return had.seconds, had.last_served_at or NEVER, -job.priority, job.queued_at, str(job.job_id)

    return min(waiting, key=turn, default=None)
