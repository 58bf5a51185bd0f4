"""Reads of schedules."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from evals_app.schedules import policies
from evals_app.schedules.models import Schedule
from hub.accounts.actors import Actor
from hub.accounts.models import TokenScope
from hub.core.errors import NotFound


def schedules_visible_to(actor: Actor) -> QuerySet[Schedule]:
    """Those of the actor's namespaces, the next due first."""
    schedules = Schedule.objects.select_related("owner", "created_by", "last_job").order_by(
        "is_paused", "next_run_at", "name", "id"
    )
    if actor.is_operator:
        return schedules
    schedules = schedules.filter(owner_id__in=list(actor.roles))
    if actor.token is not None and actor.token.scope == TokenScope.FINE_GRAINED:
        granted = [
            grant["on"][10:].lower() for grant in actor.token.grants if grant["on"].startswith("namespace:")
        ]
        schedules = schedules.filter(owner__key__in=granted)
    return schedules


def get_schedule_for(actor: Actor, schedule_id: UUID | str) -> Schedule:
    """NotFound for one that is missing or of another namespace."""
    try:
        wanted = UUID(str(schedule_id))
    except ValueError:
        raise NotFound(f"There is no schedule {schedule_id!s:.60}.") from None
    schedule = Schedule.objects.select_related("owner", "created_by", "last_job").filter(pk=wanted).first()
    if schedule is None or not policies.may_see(actor, schedule):
        raise NotFound(f"There is no schedule {wanted}.")
    return schedule
