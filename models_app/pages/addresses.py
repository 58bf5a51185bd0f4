"""The addresses of a repository's pages, written once."""

from __future__ import annotations

from urllib.parse import quote

from models_app.repositories.models import Repository

DEFAULT_REVISION = "main"


def page(repository: Repository, *words: str) -> str:
    """`/acme/model/word/word`."""
    return "/".join([repository.get_absolute_url(), *words])


def at_revision(repository: Repository, view: str, revision: str, path: str = "") -> str:
    """A page about a path of a revision; a revision with slashes stays one segment."""
    address = page(repository, view, quote(revision, safe=""))
    return f"{address}/{quote(path)}" if path else address


def tree(repository: Repository, revision: str = DEFAULT_REVISION, path: str = "") -> str:
    return at_revision(repository, "tree", revision, path)


def blob(repository: Repository, revision: str, path: str) -> str:
    return at_revision(repository, "blob", revision, path)


def resolve(repository: Repository, revision: str, path: str) -> str:
    return at_revision(repository, "resolve", revision, path)


def commits(repository: Repository, revision: str = DEFAULT_REVISION, path: str = "") -> str:
    return at_revision(repository, "commits", revision, path)


def commit(repository: Repository, commit_id: str) -> str:
    return page(repository, "commit", commit_id)


def discussion(repository: Repository, number: int) -> str:
    return page(repository, "discussions", str(number))


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]
