"""Submit the demo's next jobs. Called by the command and, until all are submitted, by the clock."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from evals_app.jobs import requests, services
from evals_app.jobs import selectors as jobs
from evals_app.jobs.models import JobState
from evals_app.schedules import services as schedules
from hub.accounts.actors import Actor
from hub.accounts.models import User
from hub.core.errors import HubError, NotFound
from hub.site.demo import people, plan, sign_in
from hub.site.demo.plan import Identity, Standing, Step

ADVANCE_TASK = "hub.demo.advance"
UNFINISHED = {JobState.QUEUED, JobState.RUNNING}


def advance() -> list[str]:
    """Submit every step that is ready; the names of those. Nothing where there is no demo.

    Two queries when there is nothing to do. A step whose order is refused (somebody deleted its model,
    say) is left for another time.
    """
    if not settings.DEMO:
        return []
    try:
        actor = people.actor()
    except NotFound:
        return []
    if not _ready(actor):
        return []
    with transaction.atomic():
        # Two callers at once must not submit a step twice.
        User.objects.select_for_update().get(username=sign_in.USERNAME)
        return [name for name, step in _ready(actor).items() if _submit(actor, name, step)]


def _ready(actor: Actor) -> dict[str, Step]:
    mine = jobs.jobs_visible_to(actor).filter(submitted_by=actor.user, schedule_id=None)
    states: dict[Identity, set[str]] = {}
    for kind, spec, state in mine.order_by().values_list("kind", "spec", "state"):
        identity = plan.identity_of(kind, spec)
        if identity:
            states.setdefault(identity, set()).add(state)
    return plan.ready(
        Standing(
            submitted=states.keys(),
            ended=[identity for identity, found in states.items() if not found & UNFINISHED],
            succeeded=[identity for identity, found in states.items() if JobState.SUCCEEDED in found],
        )
    )


def _submit(actor: Actor, name: str, step: Step) -> bool:
    try:
        with transaction.atomic():
            services.submit(actor, requests.parse(step.request))
            if name == plan.SCHEDULED_STEP:
                # Here and not earlier: a schedule is accepted when its model exists.
                schedules.create(actor, name=plan.NIGHTLY_NAME, cron=plan.NIGHTLY_CRON, request=step.request)
    except HubError:
        return False
    return True
