"""Whose inbox the end of a job, the trouble of a schedule or a doubt about a run belongs into."""

from __future__ import annotations

from uuid import UUID

from evals_app.jobs import selectors as jobs
from evals_app.runs import selectors as runs
from evals_app.schedules.models import Schedule, Telling
from evals_app.trust import selectors as trust
from hub.accounts import selectors as accounts
from hub.accounts.models import Namespace, NamespaceKind, Role, User
from hub.activity import selectors as activity
from hub.activity.models import Event
from hub.inbox import services as inbox

NOTIFY_TASK = "evals_app.notify"


def notify(event_id: int) -> None:
    """Tell the people whom the event concerns. Safe to call twice."""
    event = activity.get_event(event_id)
    if event is None:
        return
    around = {"schedule": _around_schedule, "run": _around_dispute}.get(event.thing_kind, _around_job)
    people = around(event)
    inbox.notify(people, event.pk)


def _around_job(event: Event) -> set[int]:
    """Whoever submitted it; of a scheduled one as its schedule says."""
    job = jobs.all_jobs().filter(pk=UUID(event.thing_id)).first()
    if job is None:
        return set()
    if job.schedule_id is not None:
        schedule = Schedule.objects.filter(pk=job.schedule_id).first()
        if schedule is not None and not _wants(schedule, event.verb):
            return set()
    return {job.submitted_by_id}


def _wants(schedule: Schedule, verb: str) -> bool:
    if schedule.tell == Telling.FAILURES:
        return verb != "job.succeeded"
    return schedule.tell == Telling.ALWAYS


def _around_dispute(event: Event) -> set[int]:
    """Who opened it, who submitted the run, and whoever speaks for its owner; not the one who acted, and
    nobody who may not see the run by now."""
    dispute = trust.find_dispute(int(event.data.get("dispute") or 0))
    if dispute is None:
        return set()
    run = dispute.run
    people = {user.pk: user for user in (dispute.opened_by, run.submitted_by, *_speakers(run.owner)) if user}
    return {
        pk
        for pk, user in people.items()
        if pk != event.actor_id
        and runs.runs_visible_to(accounts.actor_for_user(user)).filter(pk=run.pk).exists()
    }


def _speakers(owner: Namespace) -> list[User]:
    if owner.kind == NamespaceKind.USER:
        return [owner.user]
    return [row.user for row in accounts.members_of(owner).filter(role=Role.ADMIN)]


def _around_schedule(event: Event) -> set[int]:
    """Its creator, unless they want to hear nothing; when it cannot go on also those who can change that."""
    schedule = Schedule.objects.select_related("owner", "created_by").filter(pk=UUID(event.thing_id)).first()
    if schedule is None:
        return set()
    if event.verb == "schedule.failed":
        return set() if schedule.tell == Telling.NEVER else {schedule.created_by_id}
    people = {schedule.created_by_id}
    if schedule.owner.kind != NamespaceKind.USER:
        people |= {row.user_id for row in accounts.members_of(schedule.owner).filter(role=Role.ADMIN)}
    return people
