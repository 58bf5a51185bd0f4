"""Schedules made, changed, paused, resumed, run by hand and deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction

from evals_app.jobs import suites
from evals_app.jobs.models import Job
from evals_app.schedules import calendar, drafts, history, policies
from evals_app.schedules.drafts import Draft
from evals_app.schedules.models import Schedule, Trigger
from hub.accounts.actors import Actor
from hub.activity import services as activity
from hub.activity.things import Thing
from hub.core.clock import now
from hub.core.errors import PermissionRefused, Unauthenticated


@transaction.atomic
def create(actor: Actor, **given: Any) -> Schedule:
    """A schedule whose request would be accepted now; `given` are the fields of `drafts.Draft`. Raises as
    `jobs.services.submit` does."""
    if actor.user is None:
        raise Unauthenticated
    schedule = Schedule(created_by=actor.user)
    drafts.fill(schedule, actor, Draft(**given))
    schedule.save(force_insert=True)
    tell("schedule.created", actor, schedule)
    return schedule


@transaction.atomic
def update(actor: Actor, schedule: Schedule, **given: Any) -> Schedule:
    """Change what is given. Whoever changes it becomes the one with whose rights it runs."""
    require(actor, schedule)
    assert actor.user is not None
    draft = drafts.keep_secrets(actor, schedule, replace(drafts.draft_of(schedule), **given))
    schedule.created_by = actor.user
    drafts.fill(schedule, actor, draft)
    schedule.save()
    tell("schedule.changed", actor, schedule)
    return schedule


@transaction.atomic
def pause(actor: Actor, schedule: Schedule) -> Schedule:
    require(actor, schedule)
    schedule.is_paused = True
    schedule.save(update_fields=["is_paused"])
    tell("schedule.paused", actor, schedule)
    return schedule


@transaction.atomic
def resume(actor: Actor, schedule: Schedule) -> Schedule:
    """From the next date or event on; what fell into the pause is not made up for. One that the hub paused
    goes on with the rights of whoever resumes it."""
    require(actor, schedule)
    if schedule.suspension:
        assert actor.user is not None
        draft = drafts.keep_secrets(actor, schedule, drafts.draft_of(schedule))
        schedule.created_by = actor.user
        drafts.fill(schedule, actor, draft)
    elif schedule.trigger == Trigger.CALENDAR:
        schedule.next_run_at = calendar.next_run(schedule.cron, schedule.time_zone, now())
    schedule.is_paused, schedule.suspension, schedule.last_error = False, "", ""
    schedule.save()
    tell("schedule.resumed", actor, schedule)
    return schedule


@transaction.atomic
def run_now(actor: Actor, schedule: Schedule) -> list[Job]:
    """Submit once more, with the rights of whoever asks; calendar and events stay as they are. One job, or
    of a suite one for each of its benchmarks."""
    require(actor, schedule)
    asked = drafts.keep_secrets(actor, schedule, drafts.draft_of(schedule)).request
    jobs = suites.submit_any(actor, asked, schedule_id=schedule.pk)
    history.submitted(schedule, jobs, cause=history.BY_HAND, due_at=now())
    return jobs


@transaction.atomic
def delete(actor: Actor, schedule: Schedule) -> None:
    """Jobs that came of it stay."""
    require(actor, schedule)
    tell("schedule.deleted", actor, schedule)
    schedule.delete()


def require(actor: Actor, schedule: Schedule) -> None:
    if not policies.may_manage(actor, schedule):
        raise PermissionRefused(f"Only those who may submit jobs for {schedule.owner.name} can change this.")


def tell(verb: str, actor: Actor | None, schedule: Schedule, **data: Any) -> None:
    activity.record(
        verb,
        actor=actor,
        thing=Thing("schedule", str(schedule.pk), schedule.name, schedule.get_absolute_url()),
        namespace_id=schedule.owner_id,
        data={"trigger": schedule.trigger, "cron": schedule.cron, "time_zone": schedule.time_zone, **data},
    )
