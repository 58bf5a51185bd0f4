"""Gives runs their state: repeated by others, or doubted, and what came of the doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from evals_app.runs import selectors as runs
from evals_app.runs import services as run_services
from evals_app.runs.models import Run
from evals_app.trust import policies, selectors, states
from evals_app.trust.models import Dispute, DisputeStatus
from evals_app.trust.states import Measurement, Metric
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.activity import selectors as activity_rows
from hub.activity import services as activity
from hub.activity.things import Thing
from hub.core.clock import now
from hub.core.errors import Conflict, InvalidInput, PermissionRefused, Unauthenticated

MAX_TEXT = 2000
MAX_OPEN = 20
OUTCOMES = {
    "uphold": DisputeStatus.UPHELD,
    "dismiss": DisputeStatus.DISMISSED,
    "withdraw": DisputeStatus.WITHDRAWN,
}


# --- What other runs say ----------------------------------------------------------------------------


def follow(event_id: int) -> None:
    """The subscriber of "run.recorded"."""
    event = activity_rows.get_event(event_id)
    if event is not None:
        settle(UUID(event.thing_id))


@transaction.atomic
def settle(run_id: UUID) -> None:
    """Compare a run with those alike, and give all of them their state. Harmless when repeated.

    Private runs and external models stay out: nobody else can check what they say.
    """
    run = runs.find_run(run_id)
    if run is None or run.is_private or run.is_external or run.model_id is None:
        return
    wanted = states.settings_compared(run.settings)
    alike = [one for one in runs.runs_alike(run) if states.settings_compared(one.settings) == wanted]
    measured = {one.pk: _measurement(one) for one in alike}
    metrics = _metrics(run)
    for one in alike:
        if one.pk != run.pk and states.independent(measured[one.pk], measured[run.pk]):
            _doubt(one, run, states.gaps(measured[one.pk], measured[run.pk], metrics))
    _mark(alike, measured, metrics)


def _measurement(run: Run) -> Measurement:
    actor = accounts.actor_for_user(run.submitted_by)
    worker_pass = run.job.worker.worker_pass if run.job.worker else None
    return Measurement(
        owner=run.owner_id,
        places=frozenset(actor.roles),
        lender=worker_pass.lender_id if worker_pass else None,
        values={value.metric: (value.value, value.stderr) for value in run.values.all()},
        samples=run.sample_count,
        is_sampled=int(run.settings.get("draws") or 1) > 1,
    )


def _metrics(run: Run) -> list[Metric]:
    tasks = run.benchmark_version.declaration["tasks"]
    return [
        Metric(metric["name"], _width(metric.get("range")))
        for task in tasks
        if task["name"] == run.task
        for metric in task["metrics"]
    ]


def _width(bounds: Sequence[float | None] | None) -> float | None:
    least, most = bounds or (None, None)
    return most - least if least is not None and most is not None else None


def _doubt(first: Run, second: Run, found: list[states.Gap]) -> None:
    """A pair is doubted once: what was decided about it stays."""
    earlier, later = sorted((first, second), key=lambda run: (run.created_at, str(run.pk)))
    if not found:
        return
    if earlier.pk != first.pk:
        found = [states.Gap(gap.metric, gap.other, gap.value, gap.tolerance) for gap in found]
    dispute, is_new = Dispute.objects.get_or_create(
        run=earlier, against=later, defaults={"gaps": [asdict(gap) for gap in found]}
    )
    if is_new:
        _tell("dispute.opened", None, dispute)


def _mark(
    alike: Sequence[Run], measured: dict[UUID, Measurement] | None = None, metrics: Sequence[Metric] = ()
) -> None:
    doubted = selectors.marking([run.pk for run in alike])
    measured = measured or {run.pk: _measurement(run) for run in alike}
    for run in alike:
        mine = measured[run.pk]
        repeated = any(
            states.independent(mine, other) and not states.gaps(mine, other, metrics)
            for pk, other in measured.items()
            if pk != run.pk
        )
        found = states.state(is_doubted=run.pk in doubted, is_repeated=repeated)
        run_services.set_state(run, found)


# --- What people say --------------------------------------------------------------------------------


@transaction.atomic
def open_dispute(actor: Actor, run: Run, reason: str) -> Dispute:
    """Each person once at a time. Unauthenticated, PermissionRefused, InvalidInput, Conflict."""
    if not actor.is_authenticated:
        raise Unauthenticated
    if not policies.may_doubt(actor, run):
        raise PermissionRefused(_("This token does not dispute scores."))
    text = _checked(reason, "reason")
    waiting = Dispute.objects.filter(run=run, status=DisputeStatus.OPEN)
    if waiting.filter(opened_by=actor.user).exists():
        raise Conflict(_("You dispute this score already; wait for the answer, or withdraw first."))
    if waiting.count() >= MAX_OPEN:
        raise Conflict(_("Enough people dispute this score already."))
    dispute = Dispute.objects.create(run=run, opened_by=actor.user, reason=text)
    _tell("dispute.opened", actor, dispute)
    run_services.set_state(run, states.state(is_doubted=True, is_repeated=False))
    return dispute


@transaction.atomic
def answer(actor: Actor, dispute: Dispute, text: str) -> None:
    """By those who write for the run's owner; a later answer replaces the one before."""
    if not policies.may_answer(actor, dispute.run):
        raise PermissionRefused(_("Only the owner of the run answers."))
    _require_open(dispute)
    columns = {"answer": _checked(text, "text"), "answered_by": actor.user, "answered_at": now()}
    Dispute.objects.filter(pk=dispute.pk).update(**columns)
    _tell("dispute.answered", actor, dispute)


@transaction.atomic
def resolve(actor: Actor, dispute: Dispute, act: str, text: str = "") -> None:
    """`uphold` and `dismiss` are for the benchmark's owner, `withdraw` for who opened it. The state of
    the runs follows. PermissionRefused, InvalidInput, Conflict when it is decided already."""
    if act not in OUTCOMES:
        raise InvalidInput(_("There is no such action."), field="act")
    if not policies.may_end(actor, dispute, act):
        raise PermissionRefused(
            _("The owner of the benchmark decides; who opened a dispute may withdraw it.")
        )
    _require_open(dispute)
    text = _checked(text, "text") if act != "withdraw" else text.strip()[:MAX_TEXT]
    rows = Dispute.objects.filter(pk=dispute.pk, status=DisputeStatus.OPEN)
    if not rows.update(status=OUTCOMES[act], resolution=text, resolved_by=actor.user, resolved_at=now()):
        raise Conflict(_("This dispute was decided already."))
    _tell("dispute.resolved", actor, dispute, outcome=str(OUTCOMES[act]))
    for run_id in filter(None, (dispute.run_id, dispute.against_id)):
        settle_again(run_id)


def settle_again(run_id: UUID) -> None:
    """The state of any run, also of one that others are not compared with. Harmless when repeated."""
    run = runs.find_run(run_id)
    if run is None:
        return
    if run.is_private or run.is_external or run.model_id is None:
        doubted = run.pk in selectors.marking([run.pk])
        run_services.set_state(run, states.state(is_doubted=doubted, is_repeated=False))
    else:
        settle(run_id)


def _require_open(dispute: Dispute) -> None:
    if not dispute.is_open:
        raise Conflict(_("This dispute was decided already."))


def _checked(text: str, field: str) -> str:
    text = text.strip().replace("\x00", "")
    if not text or len(text) > MAX_TEXT:
        raise InvalidInput(_("Say why, in 1 to %(most)d characters.") % {"most": MAX_TEXT}, field=field)
    return text


def _tell(verb: str, actor: Actor | None, dispute: Dispute, **more: str) -> None:
    run = dispute.run
    activity.record(
        verb,
        actor=actor,
        thing=Thing("run", str(run.pk), str(run), f"{run.get_absolute_url()}#disputes"),
        namespace_id=run.owner_id,
        is_public=not run.is_private,
        data={"dispute": dispute.pk, **more},
    )
