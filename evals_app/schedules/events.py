"""Commits that set schedules off."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from evals_app.schedules import drafts
from evals_app.schedules.models import Schedule, Trigger
from hub.core.clock import now
from models_app.repositories.models import Repository

# A stream of commits without a pause must not put a run off for ever.
LONGEST_BURST = 10


def on_commit(repository: Repository, branch: str) -> int:
    """Commits landed on a branch: what watches the repository becomes due once they pause. Returns how
    many schedules. The same event again is no error."""
    if branch != drafts.DEFAULT_BRANCH:
        return 0
    watching = Schedule.objects.filter(watched_id=repository.pk, is_paused=False)
    ids = [row.pk for row in watching if _concerns(row, repository)]
    return sum(_set_off(schedule_id) for schedule_id in ids)


def _concerns(schedule: Schedule, repository: Repository) -> bool:
    """Any commit, or for a benchmark only one that changes what scores mean."""
    if schedule.trigger != Trigger.BENCHMARK:
        return True
    fingerprint = drafts.fingerprint_now(repository)
    if fingerprint in ("", schedule.seen_fingerprint):
        return False
    Schedule.objects.filter(pk=schedule.pk).update(seen_fingerprint=fingerprint)
    return True


@transaction.atomic
def _set_off(schedule_id: UUID) -> int:
    moment = now()
    schedule = Schedule.objects.filter(pk=schedule_id, is_paused=False).first()
    if schedule is None:
        return 0
    since = schedule.pending_since or moment
    return Schedule.objects.filter(pk=schedule_id, is_paused=False).update(
        pending_since=since,
        pending_events=F("pending_events") + 1,
        next_run_at=due_at(moment, since, timedelta(seconds=schedule.debounce_seconds)),
    )


def due_at(moment: datetime, since: datetime, debounce: timedelta) -> datetime:
    """Once nothing comes for the debounce time, and after ten of them in any case. Pure."""
    return max(moment, min(moment + debounce, since + LONGEST_BURST * debounce))
