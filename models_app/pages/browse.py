"""Browse models and datasets: search as you type, facets, orders; the address holds all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from hub.accounts.requests import actor_of
from models_app.discovery import selectors as discovery
from models_app.discovery.queries import Facets, FacetValue, ListPage, ListQuery, SortName
from models_app.repositories.models import RepositoryType

PAGE = 30
MAX_TEXT = 200
SORTS: dict[SortName, Any] = {
    "trending": _("Trending"),
    "downloads": _("Most downloads"),
    "likes": _("Most likes"),
    "updated": _("Recently updated"),
    "created": _("Recently created"),
    "parameters": _("Most parameters"),
    "name": _("Name"),
}
# The parameters of the address, in the order in which the facets stand.
FACETS = {
    "task": (_("Task"), "tasks"),
    "library": (_("Library"), "libraries"),
    "language": (_("Language"), "languages"),
    "licence": (_("Licence"), "licences"),
    "author": (_("Organization"), "organizations"),
}
SHOWN_VALUES = 8


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """`choices` are shown, `more` on request. A chosen value's address takes it away again."""

    label: str
    choices: list[Choice]
    more: list[Choice]


@require_safe
def browse(request: HttpRequest, kind: RepositoryType) -> HttpResponse:
    actor = actor_of(request)
    query = query_from(request.GET, kind)
    page = discovery.list_repositories(actor, query)
    context = {
        "kind": kind,
        "query": query,
        "page": page,
        "total": discovery.count(actor, query),
        "facets": _groups(request, discovery.facets(actor, query)),
        "chips": _chips(request),
        "hidden": [(key, request.GET[key]) for key in (*FACETS, "tag") if request.GET.get(key)],
        "next_url": _next_url(request, page),
        "sorts": _sorts(request, query),
        "is_filtered": any(request.GET.get(key) for key in ("q", "tag", *FACETS)),
    }
    return render(request, "models/browse.html", context)


def query_from(values: QueryDict, kind: RepositoryType) -> ListQuery:
    """The list that an address asks for; an unknown order is the usual one."""
    sort: SortName = next((name for name in SORTS if name == values.get("sort")), "trending")
    tag = _text(values, "tag")
    return ListQuery(
        type=kind,
        text=_text(values, "q"),
        author=_text(values, "author"),
        tags=(tag,) if tag else (),
        task=_text(values, "task"),
        library=_text(values, "library"),
        licence=_text(values, "licence"),
        language=_text(values, "language"),
        sort=sort,
        cursor=values.get("cursor", ""),
        limit=PAGE,
    )


def _text(values: QueryDict, key: str) -> str:
    # PostgreSQL refuses NUL even in a question.
    return values.get(key, "").replace("\0", "").strip()[:MAX_TEXT]


def address_with(request: HttpRequest, **changes: str) -> str:
    """This list with other parameters, from its first page; an empty value takes one away."""
    kept = {key: value for key, value in request.GET.items() if key != "cursor" and value}
    wanted = {key: value for key, value in {**kept, **changes}.items() if value}
    return f"{request.path}?{urlencode(wanted)}" if wanted else request.path


def _next_url(request: HttpRequest, page: ListPage) -> str:
    return address_with(request, cursor=page.next_cursor) if page.next_cursor else ""


def _sorts(request: HttpRequest, query: ListQuery) -> list[Choice]:
    return [
        Choice(name, str(label), address_with(request, sort=name), name == query.sort)
        for name, label in SORTS.items()
    ]


def _groups(request: HttpRequest, facets: Facets) -> list[FacetGroup]:
    groups = []
    for key, (label, attribute) in FACETS.items():
        chosen = request.GET.get(key, "")
        values: list[FacetValue] = getattr(facets, attribute)
        choices = [_choice(request, key, value, chosen) for value in values]
        if chosen and not any(choice.current for choice in choices):
            choices.insert(0, Choice(chosen, chosen, address_with(request, **{key: ""}), current=True))
        if choices:
            groups.append(FacetGroup(str(label), choices[:SHOWN_VALUES], choices[SHOWN_VALUES:]))
    return groups


def _choice(request: HttpRequest, key: str, found: FacetValue, chosen: str) -> Choice:
    current = found.value.lower() == chosen.lower()
    url = address_with(request, **{key: "" if current else found.value})
    return Choice(found.value, found.value, url, current, found.count)


def _chips(request: HttpRequest) -> list[Choice]:
    """What is chosen, each with the address that drops it."""
    return [
        Choice(key, request.GET[key], address_with(request, **{key: ""}), current=True)
        for key in ("q", "tag", *FACETS)
        if request.GET.get(key)
    ]
