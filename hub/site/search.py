"""One box for everything: models, datasets, people and organizations."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hub.accounts import selectors as accounts
from hub.accounts.requests import actor_of
from models_app.discovery import selectors as discovery
from models_app.discovery.queries import ListQuery
from models_app.repositories.models import RepositoryType

FOUND, NAMES = 9, 12
LONGEST = 200


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    context: dict[str, object] = {"text": text}
    if text:
        actor = actor_of(request)
        context["models"], context["datasets"] = (
            discovery.list_repositories(actor, ListQuery(type=type_, text=text, limit=FOUND)).repositories
            for type_ in RepositoryType
        )
        context["namespaces"] = accounts.search_namespaces(text, NAMES)
    return render(request, "site/search.html", context)
