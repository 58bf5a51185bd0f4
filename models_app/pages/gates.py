"""The gate of a repository: asking for access, and deciding about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hub.accounts.models import User
from hub.accounts.selectors import get_user
from hub.core.errors import Conflict, InvalidInput, NotFound
from models_app.cards import gate_form
from models_app.pages import addresses
from models_app.pages.door import Tab, Visit, ask_to_sign_in, repository_page, show
from models_app.pages.gate_forms import AskForm, GatingForm, GrantForm, HandleForm
from models_app.pages.refusals import beside
from models_app.pages.rendering import README, card_as_written, render_markdown
from models_app.repositories import gating, services
from models_app.repositories.access import Need
from models_app.repositories.models import AccessRequest, AccessStatus


@dataclass(frozen=True, slots=True)
class RequestRow:
    request: AccessRequest
    answers: list[tuple[str, str | bool]]
    moves: list[AccessStatus]


@repository_page(methods=("GET", "POST"))
def show_gate(visit: Visit) -> HttpResponse:
    """What the owner asks, the form, and what became of one's request."""
    repository = visit.repository
    gate = gate_form.read(card_as_written(repository).data)
    form = AskForm(visit.request.POST if visit.is_post else None, gate=gate)
    if visit.is_post and not visit.actor.is_authenticated:
        return ask_to_sign_in(visit.request, addresses.page(repository, "access"))
    if visit.is_post and form.is_valid():
        with beside(form):
            gating.ask(visit.actor, repository, form.answers())
            return redirect(addresses.page(repository, "access"))
    context = {
        "gate": gate,
        "prompt_html": render_markdown(repository, addresses.DEFAULT_REVISION, README, gate.prompt),
        "form": form,
        "own_request": gating.request_of(visit.actor, repository),
        "is_let_in": visit.can(Need.CONTENT),
        "files_url": addresses.tree(repository),
    }
    return show(visit, "models/gate.html", "card", context, status=400 if visit.is_post else 200)


@repository_page(need=Need.ADMIN, methods=("POST",))
def set_gating(visit: Visit) -> HttpResponse:
    form = GatingForm(visit.request.POST)
    if form.is_valid():
        services.update_settings(visit.actor, visit.repository, gating=form.cleaned_data["gating"])
        messages.success(visit.request, _("The access to files was saved."))
    return redirect(addresses.page(visit.repository, "settings"))


@repository_page(need=Need.ADMIN)
def show_requests(visit: Visit) -> HttpResponse:
    return _requests(visit, GrantForm())


@repository_page(need=Need.ADMIN, methods=("POST",))
def grant(visit: Visit) -> HttpResponse:
    form = GrantForm(visit.request.POST)
    if form.is_valid():
        with beside(form):
            gating.grant(visit.actor, visit.repository, _user(form.cleaned_data["user"]))
            return redirect(_list_url(visit, AccessStatus.ACCEPTED))
    return _requests(visit, form, status=400)


@repository_page(need=Need.ADMIN, methods=("POST",))
def handle(visit: Visit) -> HttpResponse:
    """A decision of another administrator a moment ago is told, not an error of the page."""
    form = HandleForm(visit.request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            user = _user(given["user"])
            gating.handle(
                visit.actor, visit.repository, user, given["status"], rejection_reason=given["reason"]
            )
        except (Conflict, InvalidInput, NotFound) as refusal:
            messages.warning(visit.request, refusal.message)
    back = visit.request.POST.get("back", "")
    return redirect(
        _list_url(visit, AccessStatus(back) if back in AccessStatus.values else AccessStatus.PENDING)
    )


def _user(name: str) -> User:
    try:
        return get_user(name.strip())
    except NotFound as error:
        raise InvalidInput(error.message, field="user") from None


def _list_url(visit: Visit, status: AccessStatus) -> str:
    return f"{addresses.page(visit.repository, 'settings', 'requests')}?status={status}"


def _requests(visit: Visit, form: GrantForm, *, status: int = 200) -> HttpResponse:
    repository, query = visit.repository, visit.request.GET
    shown = query.get("status", "")
    shown = AccessStatus(shown) if shown in AccessStatus.values else AccessStatus.PENDING
    before = query.get("before", "")
    page = gating.requests_of(
        visit.actor,
        repository,
        shown,
        before=int(before) if before.isdecimal() and len(before) < 18 else None,
    )
    counts = gating.counts(repository)
    context: dict[str, Any] = {
        "rows": [_row(request) for request in page.requests],
        "next_before": page.next_before,
        "status_tabs": [
            Tab(each, str(each.label), _list_url(visit, each), "", each == shown, counts[each])
            for each in AccessStatus
        ],
        "shown": shown,
        "grant_form": form,
        "grant_url": addresses.page(repository, "settings", "requests", "grant"),
        "handle_url": addresses.page(repository, "settings", "requests", "handle"),
    }
    return show(visit, "models/requests.html", "settings", context, status=status)


def _row(request: AccessRequest) -> RequestRow:
    moves = [each for each in (AccessStatus.ACCEPTED, AccessStatus.REJECTED) if each != request.status]
    if request.status == AccessStatus.ACCEPTED:
        moves = [AccessStatus.PENDING, AccessStatus.REJECTED]
    return RequestRow(request, list(request.answers.items()), moves)
