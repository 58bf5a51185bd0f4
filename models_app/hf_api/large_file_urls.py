"""Routes of large files: resolve, LFS, Xet. Models lie at the root, other types below their plural."""

from __future__ import annotations

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path

from models_app.hf_api import (
    addressing,  # noqa: F401  registers the converters used below
    cas,
    lfs,
    lfs_locks,
    lfs_parts,
    resolve,
    xet,
    xorbs,
)
from models_app.repositories.models import RepositoryType


def under_repository(prefix: str, repo_type: RepositoryType) -> list[URLPattern]:
    at = f"{prefix}<word:namespace>/<word:name>"
    kind = {"repo_type": repo_type}
    word = repo_type.value
    # git puts `.git` behind the name; the ecosystem's clients do so too.
    lfs_places = [(f"{at}.git/info/lfs", f"{word}-git"), (f"{at}/info/lfs", word)]
    return [
        path(f"{at}/resolve/<path:rest>", resolve.resolve, kind, name=f"{word}-resolve"),
        path(f"{at}/raw/<path:rest>", resolve.resolve, {**kind, "raw": True}, name=f"{word}-raw"),
        *(path(f"{p}/objects/batch", lfs.batch, kind, name=f"{w}-lfs-batch") for p, w in lfs_places),
        *(path(f"{p}/locks", lfs_locks.locks, kind, name=f"{w}-lfs-locks") for p, w in lfs_places),
        *(path(f"{p}/locks/verify", lfs_locks.verify, kind, name=f"{w}-lfs-verify") for p, w in lfs_places),
        *(
            path(f"{p}/locks/<word:number>/unlock", lfs_locks.unlock, kind, name=f"{w}-lfs-unlock")
            for p, w in lfs_places
        ),
    ]


def xet_token(scope: str) -> URLPattern:
    route = f"api/<repo_type:repo_type>/<word:namespace>/<word:name>/xet-{scope}-token/<path:revision>"
    return path(route, xet.token, {"scope": scope}, name=f"xet-{scope}-token")


def content_addressed(route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    """Any generation is served: a new one in `cas_path` only makes clients forget what they sent."""
    return re_path(rf"^cas/g\d+/{route}$", view, name=f"cas-{name}")


urlpatterns: list[URLPattern] = [
    path("lfs/upload/<word:signed>", lfs.upload, name="lfs-upload"),
    path("lfs/part/<word:signed>", lfs_parts.receive, name="lfs-part"),
    path("lfs/parts/<word:signed>", lfs_parts.complete, name="lfs-parts"),
    path("lfs/verify/<word:signed>", lfs.verify, name="lfs-verify"),
    path("lfs/download/<word:signed>", lfs.download, name="lfs-download"),
    content_addressed(r"v1/xorbs/[^/]+/(?P<xorb>[^/]+)", xorbs.receive_or_describe, "xorb"),
    content_addressed(r"v1/xorb-grants/[^/]+/(?P<xorb>[^/]+)", xorbs.grant, "grant"),
    content_addressed(
        r"v1/xorb-commits/[^/]+/(?P<xorb>[^/]+)/grant/(?P<grant>[^/]+)", xorbs.commit, "commit"
    ),
    content_addressed(r"staged/(?P<signed>[^/]+)", xorbs.receive_staged, "staged"),
    content_addressed(r"v1/chunks/[^/]+/(?P<chunk>[^/]+)", cas.duplicates, "duplicates"),
    content_addressed(r"v1/reconstructions", cas.plans_v1, "plans-v1"),
    content_addressed(r"v1/shards", cas.register_v1, "shards-v1"),
    content_addressed(r"v2/shards", cas.register_v2, "shards-v2"),
    content_addressed(r"v1/reconstructions/(?P<file>[^/]+)", cas.plan_v1, "plan-v1"),
    content_addressed(r"v2/reconstructions/(?P<file>[^/]+)", cas.plan_v2, "plan-v2"),
    content_addressed(r"v2/file-chunk-hashes/(?P<file>[^/]+)", cas.plan_edit, "edit"),
    content_addressed(r"v1/files/(?P<file>[^/]+)", cas.describe_file, "file"),
    content_addressed(r"bytes/(?P<signed>[^/]+)", cas.xorb_bytes, "bytes"),
    content_addressed(r".*", cas.not_offered, "not-offered"),
    path("v1/telemetry", cas.telemetry, name="cas-telemetry"),
    xet_token("read"),
    xet_token("write"),
    path(
        "api/<repo_type:repo_type>/<word:namespace>/<word:name>/lfs-files/duplicate",
        xet.duplicate,
        name="lfs-files-duplicate",
    ),
    *under_repository("datasets/", RepositoryType.DATASET),
    *under_repository("", RepositoryType.MODEL),
]
