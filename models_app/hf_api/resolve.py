"""Files by revision and path: /<id>/resolve/<revision>/<path>, and /raw/ for what git itself holds."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.core.errors import EntryNotFound
from models_app.discovery import services as discovery
from models_app.hf_api.addressing import clean_path, entry_at, in_repository, split_revision
from models_app.hf_api.http import absolute, hf_view
from models_app.hf_api.streaming import file_response
from models_app.repositories import access, selectors
from models_app.repositories.access import Need
from models_app.repositories.models import Repository
from models_app.repositories.types import TreeEntry
from models_app.repositories.xet_access import cas_path

# Tells people what they would ask for, so no gate hides it.
CARD = "README.md"
# Asked for by clients that decide by the answer whether they fetch the bytes by Xet.
XET_INFO = "application/vnd.xet-fileinfo+json"


@hf_view
@in_repository()
def resolve(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, rest: str, raw: bool = False
) -> HttpResponseBase:
    revision, path = split_revision(repository, rest)
    if clean_path(path) != CARD:
        access.require(actor, repository, Need.CONTENT)
    entry = entry_at(repository, revision.commit, clean_path(path))
    if entry.is_directory:
        raise EntryNotFound(commit=revision.commit)
    if raw and entry.lfs:
        entry = replace(entry, lfs=None, size=entry.lfs.pointer_size)
    content = selectors.open_content(repository, entry)
    count_download(request, actor, repository)
    headers = file_headers(request, repository, revision.commit, entry)
    if "X-Xet-Hash" in headers and XET_INFO in request.headers.get("Accept", ""):
        return xet_info(headers)
    return file_response(request, content, entry.name, headers)


def file_headers(
    request: HttpRequest, repository: Repository, commit: str, entry: TreeEntry
) -> dict[str, str]:
    headers = {"X-Repo-Commit": commit}
    if repository.is_private or repository.gating:
        headers["Cache-Control"] = "private, no-cache"
    if entry.lfs:
        headers["X-Linked-Etag"] = f'"{entry.lfs.sha256}"'
        headers["X-Linked-Size"] = str(entry.lfs.size)
        if entry.lfs.xet_hash:
            headers |= xet_headers(request, repository, commit, entry.lfs.xet_hash)
    return headers


def xet_headers(request: HttpRequest, repository: Repository, commit: str, file_id: str) -> dict[str, str]:
    token = absolute(request, f"/api/{repository.type_.plural}/{repository.full_id}/xet-read-token/{commit}")
    plan = absolute(request, f"{cas_path()}/v1/reconstructions/{file_id}")
    return {
        "Vary": "Accept",
        "X-Xet-Hash": file_id,
        "Link": f'<{token}>; rel="xet-auth", <{plan}>; rel="xet-reconstruction-info"',
    }


def xet_info(headers: dict[str, str]) -> HttpResponseBase:
    """Where a client that speaks Xet finds the file; what it reads is in the headers."""
    body = {
        "hash": headers["X-Xet-Hash"],
        "size": int(headers["X-Linked-Size"]),
        "etag": headers["X-Linked-Etag"].strip('"'),
    }
    etag = {"ETag": headers["X-Linked-Etag"]}
    return JsonResponse(body, content_type=XET_INFO, headers=headers | etag)


def count_download(request: HttpRequest, actor: Actor, repository: Repository) -> None:
    """A client that says it downloads, on HEAD too: by Xet it fetches the bytes elsewhere. Of the others,
    a GET that does not resume further in."""
    announced = request.headers.get("X-HF-Download-Counter") == "1"
    asked = request.headers.get("Range", "bytes=0-").replace(" ", "")
    if announced or (request.method == "GET" and asked.startswith("bytes=0-")):
        discovery.count_download(repository, actor.name or request.META.get("REMOTE_ADDR", ""))
