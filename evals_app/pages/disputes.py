"""Doubts about a run, below its numbers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evals_app.claims import publishing
from evals_app.claims import selectors as claims
from evals_app.runs import selectors as runs
from evals_app.runs.models import Run
from evals_app.trust import policies, selectors, services
from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of
from models_app.discussions.models import Discussion

OTHERS_SHOWN = 20


def trust_of(actor: Actor, run: Run) -> dict[str, Any]:
    """What the run's page says of its state."""
    return {
        "others": runs.same_recipe(actor, run)[:OTHERS_SHOWN],
        "disputes": selectors.disputes_of(actor, run),
        "may_doubt": policies.may_doubt(actor, run),
        "may_answer": policies.may_answer(actor, run),
        "may_resolve": policies.may_resolve(actor, run),
        "publication": claims.publication_of(run),
        "may_publish": publishing.may_publish(actor, run),
        "user_id": actor.user.pk if actor.user else None,
    }


@login_required
@require_POST
def run_disputes(request: HttpRequest, run_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    run = runs.get_run_for(actor, run_id)
    services.open_dispute(actor, run, request.POST.get("reason", ""))
    messages.success(request, _("The score is marked as disputed, and its owner is told."))
    return redirect(run)


@login_required
@require_POST
def run_publish(request: HttpRequest, run_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    run = runs.get_run_for(actor, run_id)
    return redirect(address_of(run, publishing.publish(actor, run)))


def address_of(run: Run, discussion: Discussion) -> str:
    return f"/{run.model_name}/discussions/{discussion.number}"


@login_required
@require_POST
def dispute_act(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """One door for the buttons; `act` says which."""
    actor = actor_of(request)
    dispute = selectors.get_dispute_for(actor, dispute_id)
    act, text = request.POST.get("act", ""), request.POST.get("text", "")
    if act == "answer":
        services.answer(actor, dispute, text)
    else:
        services.resolve(actor, dispute, act, text)
    return redirect(f"{dispute.run.get_absolute_url()}#disputes")
