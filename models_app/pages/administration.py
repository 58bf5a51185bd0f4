"""Settings of a repository: who sees it, what it is called, its end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from models_app.pages import addresses
from models_app.pages.door import Visit, repository_page, show
from models_app.pages.forms import DeleteForm, MoveForm, ProtectionForm, VisibilityForm
from models_app.pages.gate_forms import GatingForm
from models_app.pages.owners import owners_for
from models_app.pages.refusals import beside
from models_app.repositories import gating, services
from models_app.repositories.access import Need
from models_app.repositories.models import AccessStatus


@repository_page(need=Need.ADMIN)
def show_settings(visit: Visit) -> HttpResponse:
    return _page(visit)


@repository_page(need=Need.ADMIN, methods=("POST",))
def set_visibility(visit: Visit) -> HttpResponse:
    form = VisibilityForm(visit.request.POST)
    if form.is_valid():
        services.update_settings(visit.actor, visit.repository, visibility=form.cleaned_data["visibility"])
        messages.success(visit.request, _("The visibility was saved."))
        return redirect(addresses.page(visit.repository, "settings"))
    return _page(visit, visibility_form=form, status=400)


@repository_page(need=Need.ADMIN, methods=("POST",))
def set_protection(visit: Visit) -> HttpResponse:
    form = ProtectionForm(visit.request.POST)
    if form.is_valid():
        with beside(form):
            services.update_settings(visit.actor, visit.repository, protected_branches=form.patterns())
            messages.success(visit.request, _("The protection of branches was saved."))
            return redirect(addresses.page(visit.repository, "settings"))
    return _page(visit, protection_form=form, status=400)


@repository_page(need=Need.ADMIN, methods=("POST",))
def move(visit: Visit) -> HttpResponse:
    form = MoveForm(visit.request.POST, owners=_owners(visit))
    if form.is_valid():
        new_id = f"{form.cleaned_data['owner']}/{form.cleaned_data['name']}"
        with beside(form):
            moved = services.move(visit.actor, visit.repository, new_id)
            messages.success(visit.request, _("It is called %(name)s now.") % {"name": moved.full_id})
            return redirect(addresses.page(moved, "settings"))
    return _page(visit, move_form=form, status=400)


@repository_page(need=Need.ADMIN, methods=("POST",))
def delete(visit: Visit) -> HttpResponse:
    full_id = visit.repository.full_id
    form = DeleteForm(visit.request.POST, full_id=full_id)
    if form.is_valid():
        home = visit.repository.namespace.get_absolute_url()
        services.delete(visit.actor, visit.repository)
        messages.success(visit.request, _("%(name)s was deleted.") % {"name": full_id})
        return redirect(home)
    return _page(visit, delete_form=form, status=400)


def _page(visit: Visit, *, status: int = 200, **bound: Any) -> HttpResponse:
    # A refused move leaves its target on the object; the page shows what is stored.
    if bound:
        visit.repository.refresh_from_db()
    repository = visit.repository
    owner, name = repository.full_id.split("/")
    context = {
        "gating_form": GatingForm(initial={"gating": repository.gating}),
        "pending_requests": gating.counts(repository)[AccessStatus.PENDING],
        "requests_url": addresses.page(repository, "settings", "requests"),
        "large_files_url": addresses.page(repository, "settings", "large-files"),
        "visibility_form": VisibilityForm(initial={"visibility": repository.visibility}),
        "protection_form": ProtectionForm(
            initial={"protected_branches": "\n".join(repository.protected_branches)}
        ),
        "move_form": MoveForm(owners=_owners(visit), initial={"owner": owner, "name": name}),
        "delete_form": DeleteForm(full_id=repository.full_id),
        **bound,
        **{
            f"{action}_url": addresses.page(repository, "settings", action)
            for action in ("visibility", "gating", "protection", "move", "delete")
        },
    }
    return show(visit, "models/settings.html", "settings", context, status=status)


def _owners(visit: Visit) -> list[str]:
    """Where it may go, the place where it is included."""
    return list(dict.fromkeys([visit.repository.namespace.name, *owners_for(visit.actor)]))
