"""`/api/papers`: papers that cards cite."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.core import clock
from models_app.discovery import papers
from models_app.discovery.papers import Paper
from models_app.hf_api.http import hf_view, json_list, query_int
from models_app.hf_api.info_fields import LIST_FIELDS, Asked, repository_json
from models_app.repositories.models import Repository

PAGE, MOST = 20, 100


def paper_json(paper: Paper) -> dict[str, Any]:
    """Title and authors would have to be asked elsewhere; the hub knows the id and its month."""
    month = paper.month
    return {
        "id": paper.id,
        "title": f"arXiv:{paper.id}",
        "summary": "",
        "authors": [],
        "upvotes": 0,
        "numComments": 0,
        **({"publishedAt": clock.iso_millis(month)} if month else {}),
    }


@hf_view
def search(request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
    limit = query_int(request, "limit", default=PAGE, most=MOST)
    found = papers.search(actor, request.GET.get("q", ""), limit)
    return json_list(
        [{"paper": paper_json(paper), "title": f"arXiv:{paper.id}", "numComments": 0} for paper in found]
    )


@hf_view
def show(_request: HttpRequest, actor: Actor, /, *, paper_id: str) -> HttpResponseBase:
    cited = papers.get(actor, paper_id)
    return JsonResponse(
        {
            **paper_json(cited.paper),
            "linkedModels": [repository_item(row) for row in cited.models],
            "numTotalModels": cited.model_count,
            "linkedDatasets": [repository_item(row) for row in cited.datasets],
            "numTotalDatasets": cited.dataset_count,
            "linkedSpaces": [],
        }
    )


def repository_item(row: Repository) -> dict[str, Any]:
    return repository_json(Asked(row, row.head, row.card_data), LIST_FIELDS)
