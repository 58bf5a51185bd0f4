"""The API of the dataset viewer, as the `datasets` library and others know it.

Served below `/datasets-server/`, and at the root of the host `datasets-server.<the hub's host>`, which is
the address that the library makes of `HF_ENDPOINT`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.core.errors import HubError, InvalidInput, NotOffered
from models_app.hf_api.http import error_response, hf_view
from models_app.repositories.access import Need, get_repository_for
from models_app.repositories.models import Repository, RepositoryType
from models_app.viewer import conditions, reading, selectors
from models_app.viewer.columns import media_type
from models_app.viewer.models import ConvertedSplit
from models_app.viewer.reading import Page, Question
from models_app.viewer.selectors import Converted

VIEWER_HOST = "datasets-server."
PARQUET_REF = "refs%2Fconvert%2Fparquet"
FIRST_ROWS = 100
MAX_OFFSET = 2**53

# Called as `view(request, repository, converted)`.
ViewerView = Callable[[HttpRequest, Repository, Converted], dict[str, Any]]


class InvalidParameter(HubError):
    status, code = 422, "InvalidParameter"


class MissingParameter(HubError):
    status, code = 422, "MissingRequiredParameter"


def viewer_view(view: ViewerView) -> Callable[..., HttpResponseBase]:
    """Passes the access door of `?dataset=`; every answer about it says of which commit it is."""

    @wraps(view)
    def outer(request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
        repository = get_repository_for(
            actor, RepositoryType.DATASET, needed(request, "dataset"), Need.CONTENT
        )
        converted = selectors.converted(repository)
        try:
            response: HttpResponse = JsonResponse(view(request, repository, converted))
        except InvalidInput as error:
            response = error_response(request, InvalidParameter(error.message), actor)
        except HubError as error:
            response = error_response(request, error, actor)
        if converted.revision:
            response["X-Revision"] = converted.revision
        return response

    return hf_view(outer)


def needed(request: HttpRequest, name: str) -> str:
    value = request.GET.get(name, "")
    if not value:
        raise MissingParameter(f"Parameter '{name}' is required")
    return value


def number(request: HttpRequest, name: str, default: int, most: int) -> int:
    text = request.GET.get(name, "") or str(default)
    if not text.isdecimal() or len(text) > 16 or int(text) > most:
        raise InvalidParameter(f"Parameter '{name}' must be a whole number from 0 to {most}")
    return int(text)


def asked_split(request: HttpRequest, converted: Converted) -> ConvertedSplit:
    config, split = needed(request, "config"), needed(request, "split")
    converted.require_rows()
    return converted.split(config, split)


def asked_splits(request: HttpRequest, converted: Converted) -> list[ConvertedSplit]:
    """All, those of `?config=`, or the one of `?split=`."""
    converted.require_rows()
    config, name = request.GET.get("config"), request.GET.get("split")
    if not config:
        return converted.splits
    if name:
        return [converted.split(config, name)]
    return converted.of_config(config)


def hub_address(request: HttpRequest) -> str:
    """The hub as the client knows it, whichever of the two hosts was asked."""
    return request.build_absolute_uri("/").rstrip("/").replace(f"://{VIEWER_HOST}", "://", 1)


# --- Of the whole ---------------------------------------------------------------------------------


@viewer_view
def is_valid(_request: HttpRequest, _repository: Repository, converted: Converted) -> dict[str, Any]:
    has_rows = any(split.is_ready for split in converted.splits)
    return dict.fromkeys(("preview", "viewer", "search", "filter", "statistics"), has_rows)


@viewer_view
def splits(request: HttpRequest, repository: Repository, converted: Converted) -> dict[str, Any]:
    chosen = asked_splits(request, converted)
    return {"splits": [place(repository, split) for split in chosen], "pending": [], "failed": []}


@viewer_view
def parquet(request: HttpRequest, repository: Repository, converted: Converted) -> dict[str, Any]:
    chosen = asked_splits(request, converted)
    address = f"{hub_address(request)}/datasets/{repository.full_id}/resolve/{PARQUET_REF}"
    files = [
        {
            **place(repository, split),
            "url": f"{address}/{quote(split.folder)}/{name}",
            "filename": name,
            "size": size,
        }
        for split in chosen
        for name, _sha256, size, _rows in split.files
    ]
    return {"parquet_files": files, **completeness(repository, chosen)}


@viewer_view
def info(request: HttpRequest, repository: Repository, converted: Converted) -> dict[str, Any]:
    chosen = asked_splits(request, converted)
    configs = dict.fromkeys(split.config for split in chosen)
    by_config = {
        config: config_info(repository, config, [split for split in chosen if split.config == config])
        for config in configs
    }
    only = request.GET.get("config")
    return {"dataset_info": by_config[only] if only else by_config, **completeness(repository, chosen)}


def config_info(repository: Repository, config: str, chosen: list[ConvertedSplit]) -> dict[str, Any]:
    ready = [split for split in chosen if split.is_ready]
    return {
        "description": "",
        "citation": "",
        "homepage": "",
        "license": "",
        "features": ready[0].columns if ready else {},
        "builder_name": "parquet",
        "dataset_name": repository.name,
        "config_name": config,
        "version": {"version_str": "0.0.0", "major": 0, "minor": 0, "patch": 0},
        "splits": {
            split.name: {
                "name": split.name,
                "num_bytes": split.memory_bytes,
                "num_examples": split.rows,
                "dataset_name": repository.name,
            }
            for split in ready
        },
        "download_size": sum(split.parquet_bytes for split in ready),
        "dataset_size": sum(split.memory_bytes for split in ready),
    }


@viewer_view
def size(request: HttpRequest, repository: Repository, converted: Converted) -> dict[str, Any]:
    chosen = asked_splits(request, converted)
    ready = [split for split in chosen if split.is_ready]
    configs = dict.fromkeys(split.config for split in ready)
    parts: dict[str, Any] = {
        "configs": [
            {
                "dataset": repository.full_id,
                "config": config,
                **sizes([split for split in ready if split.config == config]),
            }
            for config in configs
        ],
        "splits": [{**place(repository, split), **sizes([split])} for split in ready],
    }
    if not request.GET.get("config"):
        parts["dataset"] = {"dataset": repository.full_id, **sizes(ready)}
    return {"size": parts, **completeness(repository, chosen)}


def sizes(chosen: list[ConvertedSplit]) -> dict[str, Any]:
    return {
        "num_bytes_original_files": sum(split.source_bytes for split in chosen),
        "num_bytes_parquet_files": sum(split.parquet_bytes for split in chosen),
        "num_bytes_memory": sum(split.memory_bytes for split in chosen),
        "num_rows": sum(split.rows for split in chosen),
        "num_columns": max((len(split.columns) for split in chosen), default=0),
        "estimated_num_rows": None,
    }


def completeness(repository: Repository, chosen: list[ConvertedSplit]) -> dict[str, Any]:
    failed = [{**place(repository, split), "error": split.problem} for split in chosen if split.problem]
    return {"pending": [], "failed": failed, "partial": any(split.is_partial for split in chosen)}


def place(repository: Repository, split: ConvertedSplit) -> dict[str, str]:
    return {"dataset": repository.full_id, "config": split.config, "split": split.name}


# --- Of one split ---------------------------------------------------------------------------------


@viewer_view
def first_rows(request: HttpRequest, repository: Repository, converted: Converted) -> dict[str, Any]:
    split = asked_split(request, converted)
    page = reading.rows(repository, split, Question(length=FIRST_ROWS))
    answer = table(request, repository, split, page)
    return {
        **place(repository, split),
        "features": answer["features"],
        "rows": answer["rows"],
        "truncated": page.total > len(page.rows),
    }


@viewer_view
def rows(request: HttpRequest, repository: Repository, converted: Converted) -> dict[str, Any]:
    return answered(request, repository, asked_split(request, converted))


@viewer_view
def search(request: HttpRequest, repository: Repository, converted: Converted) -> dict[str, Any]:
    query = needed(request, "query")
    return answered(request, repository, asked_split(request, converted), search=query[:1000])


@viewer_view
def filtered(request: HttpRequest, repository: Repository, converted: Converted) -> dict[str, Any]:
    split = asked_split(request, converted)
    where, order = request.GET.get("where", ""), request.GET.get("orderby", "")
    if not where and not order:
        raise MissingParameter("Parameter 'where' or 'orderby' is required")
    return answered(
        request,
        repository,
        split,
        where=conditions.parse_where(where, split.columns),
        order=conditions.parse_order(order, split.columns),
    )


@viewer_view
def statistics(request: HttpRequest, _repository: Repository, converted: Converted) -> dict[str, Any]:
    split = asked_split(request, converted)
    found = split.statistics
    if not found:
        raise selectors.NotReady
    partial = bool(found["partial"]) or split.is_partial
    return {"num_examples": split.rows, "statistics": found["statistics"], "partial": partial}


def answered(
    request: HttpRequest, repository: Repository, split: ConvertedSplit, **asked: Any
) -> dict[str, Any]:
    offset = number(request, "offset", 0, MAX_OFFSET)
    length = number(request, "length", reading.MAX_LENGTH, reading.MAX_LENGTH)
    page = reading.rows(repository, split, Question(offset=offset, length=length, **asked))
    return table(request, repository, split, page)


def table(request: HttpRequest, repository: Repository, split: ConvertedSplit, page: Page) -> dict[str, Any]:
    features = split.columns
    media = {name: kind for name, feature in features.items() if (kind := media_type(feature))}
    base = (
        f"{hub_address(request)}/datasets/{repository.full_id}/viewer/{quote(split.config)}/{split.name}/cell"
    )
    for row in page.rows:
        for name, kind in media.items():
            row["row"][name] = source_of(
                f"{base}?row={row['row_idx']}&column={quote(name)}", kind, row["row"][name]
            )
    return {
        "features": [
            {"feature_idx": at, "name": name, "type": feature}
            for at, (name, feature) in enumerate(features.items())
        ],
        "rows": page.rows,
        "num_rows_total": page.total,
        "num_rows_per_page": reading.MAX_LENGTH,
        "partial": page.partial or split.is_partial,
    }


def source_of(url: str, kind: str, value: Any) -> Any:
    """Where a picture or a sound can be fetched, by whoever may read the dataset."""
    if not isinstance(value, dict) or not value.get("bytes"):
        return None
    return [{"src": url, "type": ""}] if kind == "Audio" else {"src": url}


# --- Left out -------------------------------------------------------------------------------------


@hf_view
def healthcheck(_request: HttpRequest, _actor: Actor, /) -> HttpResponseBase:
    return HttpResponse("ok", content_type="text/plain")


@hf_view
def not_offered(_request: HttpRequest, _actor: Actor, /, *, part: str) -> HttpResponseBase:
    raise NotOffered(f"The dataset viewer of this hub has no {part}.")
