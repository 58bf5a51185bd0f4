"""Reads of disputes, and of who measured the same."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from evals_app.runs import selectors as runs
from evals_app.runs.models import Run
from evals_app.trust.models import Dispute, DisputeStatus
from hub.accounts.actors import Actor
from hub.core.errors import NotFound

MARKING = (DisputeStatus.OPEN, DisputeStatus.UPHELD)


def disputes_of(actor: Actor, run: Run) -> list[Dispute]:
    """Newest first, those that another run set off too, if the actor may see that run. Two queries."""
    visible = runs.runs_visible_to(actor).order_by().values("pk")
    about = Q(run=run) | Q(against=run, run__in=visible)
    rows = _rows().filter(about).filter(Q(against=None) | Q(against=run) | Q(against__in=visible))
    return list(rows.order_by("-created_at", "-pk"))


def get_dispute_for(actor: Actor, dispute_id: int) -> Dispute:
    found = _rows().filter(pk=dispute_id).first()
    if found is None:
        raise NotFound("There is no such dispute.")
    found.run = runs.get_run_for(actor, found.run_id)
    return found


def find_dispute(dispute_id: int) -> Dispute | None:
    """For the hub's own chores."""
    return _rows().filter(pk=dispute_id).first()


def marking(run_ids: list[object]) -> set[object]:
    """Which of the runs an open or upheld dispute marks. One query."""
    rows = Dispute.objects.filter(
        Q(run__in=run_ids) | Q(against__in=run_ids), status__in=MARKING
    ).values_list("run_id", "against_id")
    return {run for pair in rows for run in pair if run is not None}


def _rows() -> QuerySet[Dispute]:
    people = ("opened_by", "answered_by", "resolved_by")
    return Dispute.objects.select_related("run__owner", "run__submitted_by", "against", *people)
