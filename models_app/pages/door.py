"""How a repository page begins: who asks, which repository, may they; and what every page shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of
from hub.core.errors import GatedRepository, NotFound, PermissionRefused, RepositoryMoved
from models_app.discovery import selectors as discovery
from models_app.discussions import selectors as discussions
from models_app.pages import addresses
from models_app.repositories import access
from models_app.repositories.access import Need
from models_app.repositories.models import Repository, RepositoryType


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that has passed the door of one repository."""

    request: HttpRequest
    actor: Actor
    repository: Repository

    @property
    def is_post(self) -> bool:
        return self.request.method == "POST"

    @property
    def endpoint(self) -> str:
        """The address that the reader used, as clients want it in HF_ENDPOINT."""
        return self.request.build_absolute_uri("/").rstrip("/")

    def can(self, need: Need) -> bool:
        return access.can(self.actor, self.repository, need)


@dataclass(frozen=True, slots=True)
class Tab:
    key: str
    label: str
    url: str
    icon: str = ""
    current: bool = False
    count: int | None = None


RepositoryView = Callable[..., HttpResponse]


def repository_page(
    *, need: Need = Need.READ, methods: tuple[str, ...] = ("GET",)
) -> Callable[[RepositoryView], RepositoryView]:
    """Wraps `view(visit, **kwargs)`: an old name redirects with the rest of the path, a missing or
    invisible repository is not found, and a visitor who would have to sign in is asked to."""
    allowed = {*methods, "HEAD"} if "GET" in methods else set(methods)

    def decorate(view: RepositoryView) -> RepositoryView:
        @wraps(view)
        def outer(
            request: HttpRequest, *, kind: RepositoryType, namespace: str, name: str, **kwargs: Any
        ) -> HttpResponse:
            if request.method not in allowed:
                return HttpResponseNotAllowed(sorted(allowed))
            if "\0" in request.path:  # PostgreSQL refuses it even in a question
                raise NotFound
            actor = actor_of(request)
            home = f"{kind.url_prefix}/{namespace}/{name}"
            try:
                repository = access.get_repository_for(actor, kind, f"{namespace}/{name}", need)
            except RepositoryMoved as moved:
                return redirect(_under_new_name(request, f"{namespace}/{name}", moved.new_id))
            except GatedRepository:
                return redirect(f"{home}/access")
            except PermissionRefused:
                if actor.is_authenticated:
                    raise
                return ask_to_sign_in(request, home)
            try:
                return view(Visit(request, actor, repository), **kwargs)
            except GatedRepository:  # a page of which only some paths lie behind the gate
                return redirect(f"{home}/access")

        return outer

    return decorate


def ask_to_sign_in(request: HttpRequest, back: str) -> HttpResponse:
    """To the sign-in page, and from there on to this page; `back` is where a form's answer cannot be."""
    answer = redirect_to_login(request.get_full_path() if request.method in {"GET", "HEAD"} else back)
    if not request.headers.get("HX-Request"):
        return answer
    # htmx would put the sign-in page into the place of a button.
    return HttpResponse(status=204, headers={"HX-Redirect": answer.url})


def _under_new_name(request: HttpRequest, old_id: str, new_id: str) -> str:
    return request.get_full_path().replace(f"/{old_id}", f"/{new_id}", 1)


def show(
    visit: Visit, template: str, tab: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Renders a repository page with its head and tabs."""
    return render(visit.request, template, {**frame(visit, tab), **(context or {})}, status=status)


def frame(visit: Visit, tab: str) -> dict[str, Any]:
    """What `models/repository.html` needs. Two queries for a reader, one for nobody."""
    repository = visit.repository
    return {
        "repository": repository,
        "visit": visit,
        "tabs": _tabs(visit, tab),
        "namespace_url": repository.namespace.get_absolute_url(),
        "like_url": addresses.page(repository, "like"),
        "is_liked": discovery.likes_it(visit.actor, repository),
        "endpoint": visit.endpoint,
        "can_write": visit.can(Need.WRITE),
        "can_contribute": visit.can(Need.CONTRIBUTE),
    }


def _tabs(visit: Visit, current: str) -> list[Tab]:
    repository = visit.repository
    is_model = repository.type == RepositoryType.MODEL
    tabs = [
        ("card", _("Model card") if is_model else _("Dataset card"), (), str(repository.type), None),
        ("files", _("Files"), ("tree", addresses.DEFAULT_REVISION), "folder", None),
        *([("viewer", _("Viewer"), ("viewer",), "table", None)] if not is_model else []),
        (
            "history",
            _("History"),
            ("commits", addresses.DEFAULT_REVISION),
            "history",
            repository.commit_count,
        ),
        ("community", _("Community"), ("discussions",), "chat", discussions.counts(repository).open),
    ]
    if visit.can(Need.ADMIN):
        tabs.append(("settings", _("Settings"), ("settings",), "settings", None))
    return [
        Tab(key, label, addresses.page(repository, *words), icon, key == current, count)
        for key, label, words, icon, count in tabs
    ]
