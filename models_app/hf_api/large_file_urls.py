"""Routes of large files: resolve, LFS, Xet. Models lie at the root, other types below their plural."""

from __future__ import annotations

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path

from models_app.hf_api import (
    addressing,  # noqa: F401  registers the converters used below
    cas,
    lfs,
    resolve,
    xet,
)
from models_app.repositories.models import RepositoryType


def under_repository(prefix: str, repo_type: RepositoryType) -> list[URLPattern]:
    at = f"{prefix}<word:namespace>/<word:name>"
    kind = {"repo_type": repo_type}
    # git puts `.git` behind the name; the API of the ecosystem's clients does so too.
    lfs_places = [f"{at}.git/info/lfs", f"{at}/info/lfs"]
    return [
        path(f"{at}/resolve/<path:rest>", resolve.resolve, kind),
        path(f"{at}/raw/<path:rest>", resolve.resolve, {**kind, "raw": True}),
        *(path(f"{place}/objects/batch", lfs.batch, kind) for place in lfs_places),
        *(path(f"{place}/locks", lfs.locks, kind) for place in lfs_places),
        *(path(f"{place}/locks/<path:rest>", lfs.locks, kind) for place in lfs_places),
    ]


def xet_token(scope: str) -> URLPattern:
    route = f"api/<repo_type:repo_type>/<word:namespace>/<word:name>/xet-{scope}-token/<path:revision>"
    return path(route, xet.token, {"scope": scope})


def content_addressed(route: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
    """Any generation is served: a new one in `CAS_PATH` only makes clients forget what they sent."""
    return re_path(rf"^cas/g\d+/{route}$", view)


urlpatterns: list[URLPattern] = [
    path("lfs/upload/<word:signed>", lfs.upload),
    path("lfs/verify/<word:signed>", lfs.verify),
    path("lfs/download/<word:signed>", lfs.download),
    content_addressed(r"v1/xorbs/[^/]+/(?P<xorb>[^/]+)", cas.xorb),
    content_addressed(r"v1/shards", cas.register_v1),
    content_addressed(r"v2/shards", cas.register_v2),
    content_addressed(r"v1/reconstructions/(?P<file>[^/]+)", cas.plan_v1),
    content_addressed(r"v2/reconstructions/(?P<file>[^/]+)", cas.plan_v2),
    content_addressed(r"v1/files/(?P<file>[^/]+)", cas.describe_file),
    content_addressed(r"bytes/(?P<signed>[^/]+)", cas.xorb_bytes),
    content_addressed(r".*", cas.not_offered),
    path("v1/telemetry", cas.telemetry),
    xet_token("read"),
    xet_token("write"),
    path("api/<repo_type:repo_type>/<word:namespace>/<word:name>/lfs-files/duplicate", xet.duplicate),
    *under_repository("datasets/", RepositoryType.DATASET),
    *under_repository("", RepositoryType.MODEL),
]
