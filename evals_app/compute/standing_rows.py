"""What a claim reads of the owners that wait in a queue: one statement, written out.

Every claim asks it of every waiting owner; put together from its parts by the ORM, and each value converted
on its own, it took longer than the database's answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection

from evals_app.compute.models import Queue
from hub.core.clock import now

STATEMENT = """
SELECT owner.id, standing.turn, standing.typical_seconds, standing.served_at, allowance.weight,
    allowance.lending_weight, most.most, budget.hard_hours,
    (SELECT AVG(typical_seconds) FROM evals_app_standing WHERE queue_id = %s AND typical_seconds > 0),
    (SELECT COUNT(*) FROM evals_app_reservation WHERE queue_id = %s AND starts_at <= %s AND ends_at > %s)
FROM accounts_namespace owner
LEFT JOIN evals_app_standing standing ON standing.owner_id = owner.id AND standing.queue_id = %s
LEFT JOIN evals_app_allowance allowance ON allowance.owner_id = owner.id
LEFT JOIN evals_app_runninglimit most ON most.owner_id = owner.id AND most.queue_id = %s
LEFT JOIN evals_app_budget budget ON budget.owner_id = owner.id AND budget.device_class = %s
WHERE owner.id IN ({owners})
"""


@dataclass(frozen=True, slots=True)
class Owners:
    """Whom to read of: their ids as a part of the statement."""

    sql: str
    parameters: Sequence[int]

    @classmethod
    def known(cls, ids: Iterable[int]) -> Owners:
        parameters = list(ids)
        return cls(", ".join(["%s"] * len(parameters)) or "NULL", parameters)


class StandingRow(NamedTuple):
    owner_id: int
    turn: float | None
    typical_seconds: float | None
    served_at: datetime | None
    weight: float | None
    lending_weight: float
    most_running: int | None
    hard_hours: float | None
    # The same in each row: the mean of the queue's typical seconds, and how many reservations it has now.
    usual_seconds: float | None
    reservations: int


def of(queue: Queue, owners: Owners) -> list[StandingRow]:
    moment = connection.ops.adapt_datetimefield_value(now())
    key = queue.pk
    values = [key, key, moment, moment, key, key, queue.device_class, *owners.parameters]
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT.format(owners=owners.sql), values)
        return [
            StandingRow(owner, turn, typical, _moment(served), *rest)
            for owner, turn, typical, served, *rest in cursor.fetchall()
        ]


def _moment(value: datetime | None) -> datetime | None:
    """SQLite keeps moments in UTC, and does not say so."""
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value
