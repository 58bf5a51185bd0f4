"""Lending machines: an organization's worker tokens, and what people want of its workers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from evals_app.compute import lending, selectors
from evals_app.jobs import lent
from hub.accounts import policies as people
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.accounts.requests import actor_of
from hub.core.errors import HubError, InvalidInput, NotFound


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def lend(request: HttpRequest) -> HttpResponse:
    """The secret is shown in the answer that made it, and never again."""
    actor = actor_of(request)
    context: dict[str, object] = {}
    if request.method == "POST":
        try:
            lender = accounts.get_organization(request.POST.get("organization", ""))
            name = request.POST.get("name", "").strip() or "worker"
            issued = lending.lend(actor, lender, name, request.POST.getlist("queues"))
        except HubError as error:
            field = str(error.fields.get("field", ""))
            context |= {"error": error.message, "error_field": field, "given": request.POST}
        else:
            hub_url = request.build_absolute_uri("/").rstrip("/")
            context |= {"command": lending.command(hub_url, issued.secret), "issued": issued.worker_pass}
    context |= {
        "organizations": _administered(actor),
        "queues": selectors.queues(),
        "passes": _passes(actor),
        "trust": [(owner, ", ".join(lending.trusted_lenders(owner))) for owner in _owners(actor)],
        "is_operator": actor.is_operator,
    }
    return render(request, "evals/lend.html", context, status=400 if "error" in context else 200)


@require_POST
@login_required
def pass_act(request: HttpRequest, pass_id: int) -> HttpResponse:
    actor, act = actor_of(request), request.POST.get("act", "")
    found = lending.get_pass(pass_id)
    if not actor.is_operator and (found.lender is None or found.lender not in _administered(actor)):
        raise NotFound
    if act == "revoke":
        lent.revoke(actor, found)
        messages.success(request, _("The token is revoked; what its workers held waits for others."))
    elif act in {"own", "all"}:
        lending.keep_for_own(actor, found, only=act == "own")
        messages.success(request, _("The machine takes jobs as you said."))
    elif act in {"approve", "trust"}:
        lending.approve(actor, found, trusted=act == "trust")
        messages.success(request, _("The machine is approved."))
    else:
        raise InvalidInput(_("That is not something one can do with a worker token."), field="act")
    return redirect("evals:lend")


@require_POST
@login_required
def worker_act(request: HttpRequest, worker_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    lent.set_wish(actor, lending.find_worker(actor, worker_id), request.POST.get("wish", ""))
    return redirect("evals:compute")


@require_POST
@login_required
def trust_lenders(request: HttpRequest) -> HttpResponse:
    """On whose machines private jobs of an owner may run: names, parted by commas or spaces."""
    actor = actor_of(request)
    owner = next((place for place in _owners(actor) if place.name == request.POST.get("owner")), None)
    if owner is None:
        raise NotFound
    try:
        lending.trust_lenders(actor, owner, request.POST.get("lenders", "").replace(",", " ").split())
    except InvalidInput as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Private jobs of %(owner)s run where you said.") % {"owner": owner.name})
    return redirect("evals:lend")


def _owners(actor: Actor) -> list[Namespace]:
    assert actor.user is not None
    return [actor.user.namespace, *_administered(actor)]


def _administered(actor: Actor) -> list[Namespace]:
    assert actor.user is not None
    found = [place.organization for place in accounts.organizations_of(actor.user)]
    return [organization for organization in found if people.may_administer(actor, organization)]


def _passes(actor: Actor) -> list[object]:
    if actor.is_operator:
        return list(lending.living_passes())
    return [found for lender in _administered(actor) for found in lending.passes_of(lender)]
