"""The first page of a repository: its card, what is known about it, how to use it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from models_app.discovery import selectors as discovery
from models_app.discovery import services as likes
from models_app.mirrors import selectors as mirrors
from models_app.pages import addresses, facts, previewing, snippets
from models_app.pages.door import Visit, ask_to_sign_in, repository_page, show
from models_app.pages.rendering import README, card_html
from models_app.repositories.access import Need
from models_app.repositories.models import RepositoryType


@repository_page()
def show_card(visit: Visit) -> HttpResponse:
    repository = visit.repository
    context: dict[str, Any] = {
        "card_html": card_html(repository),
        "facts": facts.facts_of(visit.actor, repository),
        "related": facts.related_to(visit.actor, repository),
        "origin": mirrors.origin_of(repository),
        "snippets": snippets.for_repository(repository, visit.endpoint),
        "fill_commands": snippets.fill_commands(repository, visit.endpoint),
        "is_empty": repository.commit_count <= 1,
        "edit_card_url": addresses.at_revision(repository, "edit", addresses.DEFAULT_REVISION, README),
        "files_url": addresses.tree(repository),
        "duplicate_url": addresses.page(repository, "duplicate") if visit.actor.is_authenticated else "",
        "gate_url": "" if visit.can(Need.CONTENT) else addresses.page(repository, "access"),
    }
    if repository.type == RepositoryType.DATASET and visit.can(Need.CONTENT):
        context["dataset_preview"] = previewing.first_data_file(repository)
    return show(visit, "models/card.html", "card", context)


@repository_page(methods=("POST",))
def like(visit: Visit) -> HttpResponse:
    """Likes, or takes the like back; an htmx request gets the new button, a plain form the page."""
    if not visit.actor.is_authenticated:
        return ask_to_sign_in(visit.request, visit.repository.get_absolute_url())
    if discovery.likes_it(visit.actor, visit.repository):
        likes.unlike(visit.actor, visit.repository)
    else:
        likes.like(visit.actor, visit.repository)
    if not visit.request.headers.get("HX-Request"):
        return redirect(visit.repository)
    context = {
        "repository": visit.repository,
        "is_liked": discovery.likes_it(visit.actor, visit.repository),
        "like_url": addresses.page(visit.repository, "like"),
        "can_contribute": True,
    }
    return render(visit.request, "models/parts/like.html", context)
