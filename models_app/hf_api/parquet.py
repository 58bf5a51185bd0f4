"""Where a dataset's Parquet files lie: /api/datasets/<id>/parquet/<config>/<split>/<n>.parquet."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.core.errors import EntryNotFound, NotFound
from models_app.hf_api.addressing import in_repository
from models_app.hf_api.http import absolute, hf_view
from models_app.repositories.access import Need
from models_app.repositories.models import Repository, RepositoryType
from models_app.viewer import croissant, selectors
from models_app.viewer.models import ConvertedSplit


@hf_view
@in_repository(Need.CONTENT)
def listing(
    request: HttpRequest, _actor: Actor, repository: Repository, /, *, config: str = "", split: str = ""
) -> HttpResponseBase:
    """Addresses by config and split; of one config, or of one split, where that is asked."""
    chosen = chosen_splits(repository, config, split)
    base = absolute(request, f"/api/datasets/{repository.full_id}/parquet")
    found: dict[str, Any] = {}
    for each in chosen:
        address = f"{base}/{quote(each.config)}/{quote(each.name)}"
        found.setdefault(each.config, {})[each.name] = [
            f"{address}/{number}.parquet" for number in range(len(each.files))
        ]
    if config and split:
        return JsonResponse(found[config][split], safe=False)
    return JsonResponse(found[config] if config else found)


@hf_view
@in_repository(Need.CONTENT)
def file(
    _request: HttpRequest,
    _actor: Actor,
    repository: Repository,
    /,
    *,
    config: str,
    split: str,
    number: int,
) -> HttpResponseBase:
    (chosen,) = chosen_splits(repository, config, split)
    if number >= len(chosen.files):
        raise EntryNotFound(f"The split has {len(chosen.files)} Parquet files, numbered from 0.")
    path = f"{quote(chosen.folder)}/{chosen.files[number][0]}"
    response = HttpResponse(status=302)
    response["Location"] = f"{repository.get_absolute_url()}/resolve/refs%2Fconvert%2Fparquet/{path}"
    return response


def chosen_splits(repository: Repository, config: str, split: str) -> list[ConvertedSplit]:
    if repository.type != RepositoryType.DATASET:
        raise NotFound("Only datasets have Parquet files.")
    converted = selectors.converted(repository)
    converted.require_rows()
    if split:
        return [converted.split(config, split)]
    return converted.of_config(config) if config else converted.splits


@hf_view
@in_repository(Need.CONTENT)
def described(request: HttpRequest, _actor: Actor, repository: Repository, /) -> HttpResponseBase:
    """The dataset in the vocabulary of Croissant, for programs that look for data."""
    if repository.type != RepositoryType.DATASET:
        raise NotFound("Only datasets are described so.")
    converted = selectors.converted(repository)
    converted.require_rows()
    address = absolute(request, repository.get_absolute_url())
    return JsonResponse(croissant.describe(repository, converted.splits, address))
