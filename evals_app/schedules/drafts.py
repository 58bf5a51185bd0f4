"""What a person asks of a schedule, checked before it becomes a row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from evals_app.catalog import services as catalog
from evals_app.jobs import containers, suites
from evals_app.jobs.models import Job, JobKind
from evals_app.schedules import calendar
from evals_app.schedules.models import MissedRuns, Schedule, Telling, Trigger
from hub.accounts.actors import Actor
from hub.core.clock import now
from hub.core.errors import InvalidInput, RepositoryMoved, RepositoryNotFound, RevisionNotFound
from models_app.repositories import access
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository

MOST_DEBOUNCE = 86_400
DEFAULT_BRANCH = "main"
CHOICES = {"trigger": Trigger.values, "missed_runs": MissedRuns.values, "tell": Telling.values}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`watch` is `model:acme/t5` or `dataset:acme/text`; empty watches what the request is about."""

    name: str
    request: dict[str, Any]
    trigger: str = Trigger.CALENDAR
    cron: str = ""
    time_zone: str = "UTC"
    missed_runs: str = MissedRuns.ONCE
    watch: str = ""
    debounce_seconds: int = 300
    allow_overlap: bool = False
    tell: str = Telling.FAILURES


def fill(schedule: Schedule, actor: Actor, draft: Draft) -> None:
    """Set the schedule's columns. What `jobs.services.submit` would refuse now is refused here, with its
    field; InvalidInput for what is wrong about the rest."""
    for name, known in CHOICES.items():
        if getattr(draft, name) not in known:
            raise InvalidInput(f"`{name}` must be one of {', '.join(known)}.", field=name)
    if draft.trigger == Trigger.CALENDAR:
        _fill_calendar(schedule, draft, now())
    # Made only to be checked.
    jobs, schedule.request = suites.check(actor, draft.request)
    schedule.owner, schedule.secrets = jobs[0].owner, jobs[0].secrets
    schedule.name = _name(draft.name)
    schedule.trigger, schedule.missed_runs, schedule.tell = draft.trigger, draft.missed_runs, draft.tell
    schedule.allow_overlap = draft.allow_overlap
    schedule.pending_since, schedule.pending_events = None, 0
    if draft.trigger != Trigger.CALENDAR:
        _fill_watching(schedule, actor, draft, jobs)


def request_of(schedule: Schedule) -> dict[str, Any]:
    """What is submitted: the request with its secrets."""
    secrets = containers.opened(schedule.secrets)
    return {**schedule.request, "secrets": secrets} if secrets else schedule.request


def keep_secrets(actor: Actor, schedule: Schedule, draft: Draft) -> Draft:
    """A draft that says nothing of secrets keeps those there are. PermissionRefused when another person
    gave them."""
    if "secrets" in draft.request or draft.request.get("kind") != JobKind.CONTAINER:
        return draft
    secrets = containers.secrets_for(actor, schedule.created_by_id, schedule.secrets)
    return replace(draft, request={**draft.request, "secrets": secrets}) if secrets else draft


def draft_of(schedule: Schedule) -> Draft:
    return Draft(
        name=schedule.name,
        request=schedule.request,
        trigger=schedule.trigger,
        cron=schedule.cron,
        time_zone=schedule.time_zone,
        missed_runs=schedule.missed_runs,
        watch=watch_of(schedule),
        debounce_seconds=schedule.debounce_seconds,
        allow_overlap=schedule.allow_overlap,
        tell=schedule.tell,
    )


def watch_of(schedule: Schedule) -> str:
    return f"{schedule.watched.type}:{schedule.watched.full_id}" if schedule.watched else ""


def _name(name: str) -> str:
    if not 1 <= len(name.strip()) <= 120 or "\x00" in name:
        raise InvalidInput("`name` must be a text of 1 to 120 characters.", field="name")
    return name.strip()


def _fill_calendar(schedule: Schedule, draft: Draft, moment: datetime) -> None:
    schedule.next_run_at = calendar.check(draft.cron, draft.time_zone, moment)
    schedule.cron, schedule.time_zone = calendar.normal(draft.cron), draft.time_zone
    schedule.watched, schedule.seen_fingerprint = None, ""


def _fill_watching(schedule: Schedule, actor: Actor, draft: Draft, jobs: list[Job]) -> None:
    if not 0 <= draft.debounce_seconds <= MOST_DEBOUNCE:
        raise InvalidInput(f"`debounce_seconds` must be from 0 to {MOST_DEBOUNCE}.", field="debounce_seconds")
    watched = _watched(actor, draft, jobs[0])
    place = f"{watched.type}:{watched.full_id}"
    if any(place in job.writes for job in jobs):
        raise InvalidInput(
            _("The job writes to %(place)s itself: it would set itself off again and again.")
            % {"place": place},
            field="watch",
        )
    schedule.cron, schedule.next_run_at = "", None
    schedule.debounce_seconds, schedule.watched = draft.debounce_seconds, watched
    schedule.seen_fingerprint = fingerprint_now(watched) if draft.trigger == Trigger.BENCHMARK else ""


def _watched(actor: Actor, draft: Draft, job: Job) -> Repository:
    text = draft.watch.strip() or _about(draft, job)
    type_, colon, full_id = text.partition(":")
    if not colon or type_ not in ("model", "dataset") or full_id.count("/") != 1:
        raise InvalidInput(_("Write it as model:namespace/name or dataset:namespace/name."), field="watch")
    try:
        return access.get_repository_for(actor, type_, full_id, access.Need.READ)
    except RepositoryMoved as moved:
        raise InvalidInput(f"{moved.message} Use that name.", field="watch") from None
    except RepositoryNotFound:
        message = _("There is no %(name)s, or you may not see it.") % {"name": text}
        raise RepositoryNotFound(message, field="watch") from None


def _about(draft: Draft, job: Job) -> str:
    """What a request is about, as `watch` names it. InvalidInput for a pull, whose source is elsewhere."""
    spec = job.spec
    if draft.trigger == Trigger.BENCHMARK:
        if job.kind != JobKind.EVALUATE:
            raise InvalidInput(_("Only an evaluation has a benchmark to wait for."), field="trigger")
        if draft.request.get("suite"):
            raise InvalidInput(
                _("A suite has several benchmarks; say in “watch” which one to wait for."), field="watch"
            )
        return f"dataset:{spec['benchmark']['id']}"
    match job.kind:
        case JobKind.EVALUATE:
            return f"model:{spec['model']['id']}"
        case JobKind.FINE_TUNE:
            return f"dataset:{spec['dataset']['id']}"
    raise InvalidInput(_("Say in “watch” which repository of this hub to wait for."), field="watch")


def fingerprint_now(repository: Repository) -> str:
    """Of the benchmark at the tip; empty while its declaration is refused."""
    try:
        commit = repositories.resolve(repository, DEFAULT_BRANCH).commit
        return catalog.version_at(repository, commit).fingerprint
    except (InvalidInput, RevisionNotFound):
        return ""
