"""Which repository, revision and path a URL of the protocol means."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import register_converter

from hub.accounts.actors import Actor
from hub.core.errors import EntryNotFound, RevisionNotFound, Unprocessable
from models_app.hf_api.http import HfView
from models_app.repositories import selectors
from models_app.repositories.access import Need, get_repository_for
from models_app.repositories.models import Repository, RepositoryType
from models_app.repositories.types import Revision, TreeEntry

# `refs/pr/1` and `refs/convert/parquet` are three segments.
LONG_REF = re.compile(r"(refs/(?:pr|convert|heads|tags)/[^/]+)(?:/(.*))?", re.DOTALL)
MAX_REVISION_SEGMENTS = 6
MAX_PATH_BYTES = 4096


class PluralConverter:
    """`models` and `datasets` in API addresses."""

    regex = "models|datasets"

    def to_python(self, value: str) -> RepositoryType:
        return RepositoryType(value[:-1])

    def to_url(self, value: RepositoryType) -> str:
        return RepositoryType(value).plural


class WordConverter:
    """A namespace or the name of a repository: anything without a slash; the door decides if it exists."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PluralConverter, "repo_type")
register_converter(WordConverter, "word")


def in_repository(need: Need = Need.READ) -> Callable[[HfView], HfView]:
    """Pass the access door on the way in: the view gets `(request, actor, repository, **rest)`."""

    def decorate(view: HfView) -> HfView:
        @wraps(view)
        def inner(
            request: HttpRequest,
            actor: Actor,
            /,
            *,
            repo_type: RepositoryType,
            namespace: str,
            name: str,
            **kwargs: Any,
        ) -> HttpResponseBase:
            repository = get_repository_for(actor, repo_type, f"{namespace}/{name}", need)
            return view(request, actor, repository, **kwargs)

        return inner

    return decorate


def split_revision(repository: Repository, rest: str) -> tuple[Revision, str]:
    """`<revision>/<path>` of a URL, taken apart and the revision resolved.

    Clients send the revision as one encoded segment, which the web server decodes, so a branch
    `feature/x` and a path look alike: the shortest prefix that resolves wins. Git cannot hold the
    branches `a` and `a/b` at once. Raises RevisionNotFound.
    """
    rest = rest.strip("/")
    if match := LONG_REF.fullmatch(rest):
        return selectors.resolve(repository, match[1]), match[2] or ""
    segments = rest.split("/")
    for count in range(1, min(len(segments), MAX_REVISION_SEGMENTS) + 1):
        try:
            revision = selectors.resolve(repository, "/".join(segments[:count]))
        except RevisionNotFound:
            continue
        return revision, "/".join(segments[count:])
    raise RevisionNotFound(segments[0])


def clean_path(path: str) -> str:
    """A path as the client asked for it, without slashes at its ends. Raises Unprocessable."""
    path = path.strip("/")
    if "\x00" in path or len(path.encode("utf-8", "replace")) > MAX_PATH_BYTES:
        raise Unprocessable("The path is not one that a repository can hold.")
    return path


def entry_at(repository: Repository, commit: str, path: str) -> TreeEntry:
    """The file or folder; EntryNotFound carries the commit, so that clients remember the absence."""
    try:
        return selectors.find(repository, commit, path)
    except EntryNotFound as error:
        error.commit = error.commit or commit
        raise
