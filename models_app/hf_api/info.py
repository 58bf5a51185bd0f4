"""One repository, and lists of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.accounts.policies import may_see_inside
from hub.accounts.selectors import get_namespace
from hub.core import clock
from hub.core.errors import InvalidInput, PermissionRefused, Unauthenticated
from models_app.cards import evaluations, front_matter
from models_app.cards.vocabulary import TASKS_BY_DOMAIN
from models_app.discovery import selectors as discovery
from models_app.discovery.queries import ListQuery, SortName
from models_app.hf_api import security
from models_app.hf_api.addressing import in_repository
from models_app.hf_api.http import hf_view, json_list, next_page_url, query_flag, query_int, query_list
from models_app.hf_api.info_fields import (
    FULL_FIELDS,
    INFO_FIELDS,
    LIST_FIELDS,
    Asked,
    check_expand,
    repository_json,
)
from models_app.repositories import selectors
from models_app.repositories.models import Repository, RepositoryType

DEFAULT_BRANCH = "main"
LIST_PAGE, MOST = 100, 1000
# Listing files reads each repository's tree.
MOST_WITH_FILES = 50
SORTS: dict[str, SortName] = {
    "lastModified": "updated",
    "last_modified": "updated",
    "createdAt": "created",
    "created_at": "created",
    "trendingScore": "trending",
    "trending_score": "trending",
    "downloads": "downloads",
    "likes": "likes",
    "likes30d": "recent_likes",
    "mainSize": "size",
    "num_parameters": "parameters",
    "id": "name",
}
# Programs that run models on one's own machine, and the tags of what they open.
GGUF_APPS = (
    "llama.cpp",
    "ollama",
    "lmstudio",
    "jan",
    "koboldcpp",
    "local-ai",
    "msty",
    "jellybox",
    "docker-model-runner",
)
SERVERS = ("vllm", "sglang", "tgi")
APPS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(GGUF_APPS, ("gguf",)),
    **dict.fromkeys(SERVERS, ("transformers", "safetensors", "text-generation")),
    "mlx-lm": ("mlx",),
    "drawthings": ("diffusers",),
    "diffusionbee": ("diffusers",),
}
UNITS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
PARAMETER_LIMIT = re.compile(r"(min|max):(\d{1,12}(?:\.\d{1,6})?)([kmbt]?)", re.IGNORECASE)


@hf_view
@in_repository()
def repository_info(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, rest: str = DEFAULT_BRANCH
) -> HttpResponseBase:
    names = check_expand(query_list(request, "expand"), repository.type_) or INFO_FIELDS
    commit = selectors.resolve(repository, rest.strip("/")).commit
    asked = Asked(
        repository,
        commit,
        card_at(repository, commit),
        with_blobs=query_flag(request, "blobs"),
        children=children_of(actor, [repository], names).get(repository.full_id),
        evaluations=evaluations_of(actor, [repository], names).get(repository.pk),
    )
    answer = repository_json(asked, names)
    if query_flag(request, "securityStatus"):
        answer["securityRepoStatus"] = security.repository_status(repository, commit)
    return JsonResponse(answer)


def children_of(actor: Actor, rows: list[Repository], names: list[str]) -> dict[str, int]:
    """By full name, how many models name it as their base; costs a query where that was asked."""
    if "childrenModelCount" not in names or not rows:
        return {}
    full_ids = [row.full_id for row in rows]
    return dict.fromkeys(full_ids, 0) | discovery.derived_counts(actor, full_ids)


def evaluations_of(actor: Actor, rows: list[Repository], names: list[str]) -> dict[int, list[dict[str, Any]]]:
    """By the model's number, what its files of results say; costs queries where that was asked."""
    return evaluations.told(actor, rows) if "evalResults" in names else {}


def card_at(repository: Repository, commit: str) -> Mapping[str, Any]:
    """The indexed card for the default branch's tip, the README's own for every other commit."""
    if commit == repository.head:
        card: Mapping[str, Any] = repository.card_data
        return card
    readme = selectors.read_small(repository, commit, "README.md")
    return front_matter.parse((readme or b"").decode("utf-8", "replace")).data


# --- Lists ---------------------------------------------------------------------------------------


@hf_view
def repository_list(request: HttpRequest, actor: Actor, /, *, repo_type: RepositoryType) -> HttpResponseBase:
    names = list_fields(request, repo_type)
    if not wants_something_there_is(request):
        return json_list([])
    page = discovery.list_repositories(actor, list_query(request, repo_type, names))
    children = children_of(actor, page.repositories, names)
    results = evaluations_of(actor, page.repositories, names)
    items = [
        repository_json(
            Asked(
                row,
                row.head,
                row.card_data,
                children=children.get(row.full_id),
                evaluations=results.get(row.pk),
            ),
            names,
        )
        for row in page.repositories
    ]
    return json_list(items, next_url=next_page_url(request, page.next_cursor))


def list_fields(request: HttpRequest, repo_type: RepositoryType) -> list[str]:
    if expand := check_expand(query_list(request, "expand"), repo_type):
        return expand
    names = FULL_FIELDS if query_flag(request, "full") else LIST_FIELDS
    extra = [name for name in ("cardData", "config") if query_flag(request, name)]
    if repo_type is RepositoryType.DATASET and query_flag(request, "full"):
        extra.append("cardData")
    return [*names, *extra]


def wants_something_there_is(request: HttpRequest) -> bool:
    """The hub serves no inference, and knows some programs: other conditions leave nothing."""
    query = request.GET
    unknown = [app for app in query_list(request, "apps") if app not in APPS]
    return not (query.get("inference") or query_list(request, "inference_provider") or unknown)


def list_query(request: HttpRequest, repo_type: RepositoryType, names: list[str]) -> ListQuery:
    query = request.GET
    most = MOST_WITH_FILES if "siblings" in names else MOST
    least, largest = parameter_limits(query.get("num_parameters", ""))
    return ListQuery(
        type=repo_type,
        search=tuple(query_list(request, "search")),
        author=query.get("author", ""),
        tags=(
            *(tag for tag in query_list(request, "filter") if tag),
            *(tag for app in query_list(request, "apps") for tag in APPS[app]),
        ),
        task=query.get("pipeline_tag", ""),
        gated=query_flag(request, "gated") if query.get("gated") else None,
        min_parameters=least,
        max_parameters=largest,
        sort=sort_of(query.get("sort", "")),
        cursor=query.get("cursor", ""),
        limit=query_int(request, "limit", default=min(LIST_PAGE, most), most=most),
    )


def sort_of(word: str) -> SortName:
    if not word:
        return "trending"
    if word not in SORTS:
        raise InvalidInput(f"Cannot sort by {word[:40]!r}: expected one of {', '.join(SORTS)}.")
    return SORTS[word]


def parameter_limits(text: str) -> tuple[int | None, int | None]:
    """`min:6B,max:128B` as numbers. Raises InvalidInput."""
    limits: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = PARAMETER_LIMIT.fullmatch(part)
        if match is None:
            raise InvalidInput("`num_parameters` must look like min:6B,max:128B.")
        limits[match[1].lower()] = int(float(match[2]) * UNITS[match[3].lower()])
    return limits.get("min"), limits.get("max")


@hf_view
def own_repositories(request: HttpRequest, actor: Actor, /, *, namespace: str = "") -> HttpResponseBase:
    """What a person or an organization keeps here, with sizes in bytes; for members only."""
    if actor.user is None:
        raise Unauthenticated
    owner = get_namespace(namespace or actor.name)
    if not may_see_inside(actor, owner):
        raise PermissionRefused(f"Only members see what {owner.name} keeps.")
    query = ListQuery(
        author=owner.name,
        sort="updated",
        cursor=request.GET.get("cursor", ""),
        limit=query_int(request, "limit", default=LIST_PAGE, most=MOST),
    )
    page = discovery.list_repositories(actor, query)
    items = [
        {
            "id": row.full_id,
            "type": row.type,
            "updatedAt": clock.iso_millis(row.updated_at),
            "visibility": row.visibility,
            "storage": row.used_bytes,
        }
        for row in page.repositories
    ]
    return json_list(items, next_url=next_page_url(request, page.next_cursor))


@hf_view
def nothing_here(_request: HttpRequest, _actor: Actor, /) -> HttpResponseBase:
    """Lists of what the hub does not offer (spaces, kernels) are empty rather than an error."""
    return json_list([])


# --- Vocabulary ----------------------------------------------------------------------------------

EXAMPLES = 3
KIND_NAMES = {"task": "pipeline_tag"}


@hf_view
def tags_by_type(_request: HttpRequest, actor: Actor, /, *, repo_type: RepositoryType) -> HttpResponseBase:
    answer: dict[str, list[dict[str, str]]] = {}
    for kind, tag in discovery.tags_in_use(actor, repo_type):
        name = KIND_NAMES.get(kind, kind)
        label = tag.partition(":")[2] or tag
        answer.setdefault(name, []).append({"id": tag, "label": label, "type": name})
    return JsonResponse(answer)


@hf_view
def tasks(_request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
    """Every task with the hub's own most downloaded models and datasets for it."""
    models = discovery.best_of_each_task(actor, RepositoryType.MODEL, EXAMPLES)
    datasets = discovery.best_of_each_task(actor, RepositoryType.DATASET, EXAMPLES)
    return JsonResponse(
        {
            task: {
                "id": task,
                "label": task.replace("-", " ").capitalize(),
                "domain": domain,
                "models": [{"id": full_id} for full_id in models.get(task, [])],
                "datasets": [{"id": full_id} for full_id in datasets.get(task, [])],
                "widgetModels": models.get(task, [])[:1],
            }
            for domain, names in TASKS_BY_DOMAIN.items()
            for task in names
        }
    )
