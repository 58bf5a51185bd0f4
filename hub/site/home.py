"""The first page: what is here, what moves, and how to connect."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evals_app.compute import selectors as compute
from evals_app.jobs import listing
from evals_app.leaderboards import selectors as leaderboards
from hub.accounts import selectors as accounts
from hub.accounts.requests import actor_of
from models_app.discovery import selectors as discovery
from models_app.discovery.queries import ListQuery
from models_app.repositories.models import RepositoryType

TRENDING = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    models, datasets = (
        discovery.list_repositories(
            actor, ListQuery(type=type_, sort="trending", limit=TRENDING)
        ).repositories
        for type_ in RepositoryType
    )
    context = {
        "models": models,
        "datasets": datasets,
        "movements": leaderboards.latest_entries(actor),
        "active": listing.active_jobs(actor),
        "workers": compute.live_workers(),
        "organizations": accounts.organizations_of(actor.user) if actor.user else [],
        "own_jobs": listing.jobs_of_person(actor) if actor.user else [],
        "endpoint": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "site/home.html", context)


@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """The live part of the first page."""
    context = {"active": listing.active_jobs(actor_of(request)), "workers": compute.live_workers()}
    return render(request, "site/pool.html", context)
