"""Folders and files of a revision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from hub.core.errors import EntryNotFound
from models_app.commits import selectors as commits
from models_app.pages import addresses, previewing, snippets
from models_app.pages.door import Visit, repository_page, show
from models_app.pages.findings import Finding, findings_of
from models_app.pages.rendering import README
from models_app.pages.revisions import Place, place
from models_app.previews.kinds import FileKind, kind_of
from models_app.previews.text import MAX_SHOWN_BYTES
from models_app.repositories import access, selectors
from models_app.repositories.access import Need
from models_app.repositories.models import Repository
from models_app.repositories.types import LastCommit, Ref, TreeEntry

PAGE = 200
# Text that is shown as something better, with its source on request.
RENDERED_TEXT = {FileKind.MARKDOWN, FileKind.CSV, FileKind.JSON_LINES}


@dataclass(frozen=True, slots=True)
class Crumb:
    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class FileRow:
    entry: TreeEntry
    url: str
    download_url: str
    pickle: Finding | None
    last_commit: LastCommit | None
    commit_url: str


@dataclass(frozen=True, slots=True)
class RefChoice:
    name: str
    url: str
    current: bool


@repository_page()
def show_default_tree(visit: Visit) -> HttpResponse:
    return redirect(addresses.tree(visit.repository))


@repository_page()
def show_tree(visit: Visit, rest: str) -> HttpResponse:
    repository = visit.repository
    where = place(repository, rest)
    try:
        after = visit.request.GET.get("after", "")
        page = selectors.list_tree(repository, where.commit, where.path, after=after, limit=PAGE)
    except EntryNotFound:
        # A link to a folder that is a file here: show the file.
        selectors.find(repository, where.commit, where.path)
        return redirect(addresses.blob(repository, where.asked, where.path))
    entries = sorted(page.entries, key=lambda entry: (not entry.is_directory, entry.path))
    context = {
        **place_context(visit, where, "tree"),
        "rows": _rows(visit, where, entries),
        "next_after": page.next_after,
        "is_empty": repository.commit_count <= 1,
        "fill_commands": snippets.fill_commands(repository, visit.endpoint),
        "head": commits.get_commit(repository, where.commit),
        "head_url": addresses.commit(repository, where.commit),
        "upload_url": addresses.at_revision(repository, "upload", where.asked, where.path),
        "new_file_url": addresses.at_revision(repository, "new-file", where.asked, where.path),
    }
    return show(visit, "models/tree.html", "files", context)


@repository_page()
def show_blob(visit: Visit, rest: str) -> HttpResponse:
    repository = visit.repository
    where = place(repository, rest)
    entry = selectors.find(repository, where.commit, where.path)
    if where.path != README:
        access.require(visit.actor, repository, Need.CONTENT)
    if entry.is_directory:
        return redirect(addresses.tree(repository, where.asked, where.path))
    as_source = "source" in visit.request.GET
    preview = previewing.preview_of(repository, where.asked, entry, as_source=as_source)
    is_text = preview.code is not None or kind_of(entry.path) in RENDERED_TEXT
    folder, _slash, name = where.path.rpartition("/")
    context = {
        **place_context(visit, where, "blob"),
        "entry": entry,
        "preview": preview,
        "finding": findings_of(repository, where.commit, [entry]).get(entry.path),
        "is_text": is_text,
        "as_source": as_source,
        "has_source": kind_of(entry.path) in RENDERED_TEXT,
        "last_commit": commits.last_commits(repository, where.commit, folder, [name]).get(name),
        "resolve_url": addresses.resolve(repository, where.asked, where.path),
        "raw_url": addresses.at_revision(repository, "raw", where.asked, where.path),
        "history_url": addresses.commits(repository, where.asked, where.path),
        "edit_url": _edit_url(visit, where, entry) if is_text else "",
        "delete_url": _delete_url(visit, where),
        "commands": snippets.file_commands(repository, visit.endpoint, where.asked, where.path),
        "commit_base": addresses.page(repository, "commit"),
    }
    return show(visit, "models/blob.html", "files", context)


def place_context(visit: Visit, where: Place, view: str) -> dict[str, Any]:
    """Branch switch and path, for every page about a path of a revision."""
    refs = selectors.refs(visit.repository)
    return {
        "place": where,
        "crumbs": crumbs(visit.repository, where),
        "branches": ref_choices(visit.repository, refs.branches, where, view),
        "tags": ref_choices(visit.repository, refs.tags, where, view),
        "commits_url": addresses.commits(visit.repository, where.asked, where.path),
        # Without the right to write, a change becomes a pull request.
        "can_commit": bool(where.branch) and visit.can(Need.CONTRIBUTE),
    }


def crumbs(repository: Repository, where: Place) -> list[Crumb]:
    parts = [part for part in where.path.split("/") if part]
    found = [Crumb(repository.name, addresses.tree(repository, where.asked) if parts else "")]
    for number, part in enumerate(parts, start=1):
        url = addresses.tree(repository, where.asked, "/".join(parts[:number]))
        found.append(Crumb(part, url if number < len(parts) else ""))
    return found


def ref_choices(repository: Repository, refs: list[Ref], where: Place, view: str) -> list[RefChoice]:
    return [
        RefChoice(
            ref.name, addresses.at_revision(repository, view, ref.name, where.path), ref.name == where.asked
        )
        for ref in refs
    ]


def _rows(visit: Visit, where: Place, entries: list[TreeEntry]) -> list[FileRow]:
    repository = visit.repository
    names = [entry.name for entry in entries]
    last = commits.last_commits(repository, where.commit, where.path, names)
    found = findings_of(repository, where.commit, entries)
    return [
        _row(repository, where.asked, entry, last.get(entry.name), found.get(entry.path)) for entry in entries
    ]


def _row(
    repository: Repository, revision: str, entry: TreeEntry, last: LastCommit | None, found: Finding | None
) -> FileRow:
    view = "tree" if entry.is_directory else "blob"
    return FileRow(
        entry=entry,
        url=addresses.at_revision(repository, view, revision, entry.path),
        download_url="" if entry.is_directory else addresses.resolve(repository, revision, entry.path),
        pickle=found,
        last_commit=last,
        commit_url=addresses.commit(repository, last.id) if last else "",
    )


def _edit_url(visit: Visit, where: Place, entry: TreeEntry) -> str:
    small = entry.lfs is None and entry.size <= MAX_SHOWN_BYTES
    if not small or not where.branch or not visit.can(Need.CONTRIBUTE):
        return ""
    return addresses.at_revision(visit.repository, "edit", where.asked, where.path)


def _delete_url(visit: Visit, where: Place) -> str:
    if not where.branch or not visit.can(Need.CONTRIBUTE):
        return ""
    return addresses.at_revision(visit.repository, "delete", where.asked, where.path)
