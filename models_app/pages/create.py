"""A new repository."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of
from models_app.commits import services as commits
from models_app.commits.operations import AddFile
from models_app.pages import addresses
from models_app.pages.forms import CreateForm
from models_app.pages.owners import owners_for
from models_app.pages.refusals import beside
from models_app.repositories import services
from models_app.repositories.models import Repository, RepositoryType, Visibility


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, kind: RepositoryType) -> HttpResponse:
    actor = actor_of(request)
    if not actor.is_authenticated:
        return redirect_to_login(request.get_full_path())
    owners = owners_for(actor)
    initial = {"owner": request.GET.get("owner", actor.name), "name": request.GET.get("name", "")}
    form = CreateForm(request.POST or None, owners=owners, initial=initial)
    if request.method == "POST" and form.is_valid():
        with beside(form):
            return redirect(_create(actor, kind, form))
    status = 400 if request.method == "POST" else 200
    return render(request, "models/create.html", {"form": form, "kind": kind}, status=status)


def _create(actor: Actor, kind: RepositoryType, form: CreateForm) -> Repository:
    values = form.cleaned_data
    is_private = values["visibility"] == Visibility.PRIVATE
    repository = services.create(actor, kind, f"{values['owner']}/{values['name']}", private=is_private)
    if values["licence"]:
        card = f"---\nlicense: {values['licence']}\n---\n\n# {repository.name}\n"
        readme = AddFile("README.md", card.encode())
        commits.commit(
            actor, repository, addresses.DEFAULT_REVISION, [readme], summary="Add a card with the licence"
        )
    return repository
