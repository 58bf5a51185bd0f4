"""Changing small files in the browser: each change is a commit of the branch that was looked at, or a
pull request to it from those who may not write there, or would rather ask."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hub.core.errors import BranchUpdated, Conflict, EntryNotFound, InvalidInput
from models_app.commits import services as commits
from models_app.commits.operations import AddFile, DeleteFile, Operation
from models_app.discussions import pull_requests
from models_app.pages import addresses, snippets, uploads
from models_app.pages.door import Visit, repository_page, show
from models_app.pages.files import place_context
from models_app.pages.forms import EditForm, UploadForm
from models_app.pages.refusals import beside
from models_app.pages.revisions import Place, place
from models_app.previews import text
from models_app.repositories import access, selectors
from models_app.repositories.access import Need
from models_app.repositories.models import Repository

README = "README.md"
NEW_CARD = "---\nlicense: \nlanguage:\n- en\n---\n\n# {name}\n\n"


@repository_page(need=Need.CONTRIBUTE, methods=("GET", "POST"))
def upload(visit: Visit, rest: str) -> HttpResponse:
    """Small files into a folder. Contents go into the commit one by one, never all at once."""
    where = branch_place(visit, rest)
    initial = {"folder": where.path}
    form = UploadForm(visit.request.POST or None, visit.request.FILES or None, initial=initial)
    if visit.is_post and form.is_valid():
        with beside(form):
            folder = form.cleaned_data["folder"].strip("/ ")
            files: list[UploadedFile[bytes]] = form.cleaned_data["chosen"]
            operations = uploads.operations_of(visit.repository, where.commit, folder, files)
            summary = form.cleaned_data["summary"] or _upload_summary(files)
            proposed = save(visit, where, operations, summary)
            return redirect(proposed or addresses.tree(visit.repository, str(where.branch), folder))
    context = {
        **place_context(visit, where, "upload"),
        "proposed": wants_review(visit),
        "form": form,
        "upload_command": snippets.upload_command(
            visit.repository, visit.endpoint, str(where.branch), where.path
        ),
    }
    return show(visit, "models/upload.html", "files", context, status=400 if visit.is_post else 200)


@repository_page(need=Need.CONTRIBUTE, methods=("GET", "POST"))
def new_file(visit: Visit, rest: str) -> HttpResponse:
    where = branch_place(visit, rest)
    folder = f"{where.path}/" if where.path else ""
    form = EditForm(visit.request.POST or None, initial={"path": folder + visit.request.GET.get("name", "")})
    return _edit_page(visit, where, form)


@repository_page(need=Need.CONTRIBUTE, methods=("GET", "POST"))
def edit(visit: Visit, rest: str) -> HttpResponse:
    """A text file; an absent README starts as a card with its front matter."""
    where = branch_place(visit, rest)
    initial = {"path": where.path}
    try:
        entry = selectors.find(visit.repository, where.commit, where.path)
    except EntryNotFound:
        if where.path != README:
            raise
        initial["content"] = NEW_CARD.format(name=visit.repository.name)
    else:
        raw = selectors.read_small(visit.repository, where.commit, where.path, limit=text.MAX_SHOWN_BYTES)
        found = text.decode(raw, complete=True) if raw is not None and entry.lfs is None else None
        if found is None:
            raise InvalidInput("Only text files up to 500 kB can be edited here.")
        initial |= {"content": found, "seen": entry.oid}
    return _edit_page(visit, where, EditForm(visit.request.POST or None, initial=initial))


@repository_page(need=Need.CONTRIBUTE, methods=("GET", "POST"))
def delete_file(visit: Visit, rest: str) -> HttpResponse:
    """Asks once, then deletes as a commit."""
    repository = visit.repository
    where = branch_place(visit, rest)
    entry = selectors.find(repository, where.commit, where.path)
    if visit.is_post:
        summary = visit.request.POST.get("summary", "").strip() or f"Delete {where.path}"
        if proposed := save(visit, where, [DeleteFile(where.path)], summary[:200]):
            return redirect(proposed)
        messages.success(visit.request, _("%(path)s was deleted.") % {"path": where.path})
        return redirect(addresses.tree(repository, str(where.branch), addresses.folder_of(where.path)))
    context = {
        **place_context(visit, where, "tree"),
        "proposed": wants_review(visit),
        "entry": entry,
        "back_url": addresses.at_revision(
            repository, "tree" if entry.is_directory else "blob", where.asked, where.path
        ),
    }
    return show(visit, "models/delete_file.html", "files", context)


def branch_place(visit: Visit, rest: str) -> Place:
    """A place that commits can go to, whose files the visitor may read. InvalidInput for a tag or an
    old commit."""
    access.require(visit.actor, visit.repository, Need.CONTENT)
    where = place(visit.repository, rest)
    if not where.branch:
        raise InvalidInput("Only branches can be changed; choose one first.")
    return where


def _edit_page(visit: Visit, where: Place, form: EditForm) -> HttpResponse:
    if visit.is_post and form.is_valid():
        with beside(form):
            return redirect(_save(visit, where, form))
    back = addresses.blob if "content" in form.initial else addresses.tree
    context = {
        **place_context(visit, where, "tree"),
        "proposed": wants_review(visit),
        "form": form,
        "back_url": back(visit.repository, where.asked, where.path),
    }
    return show(visit, "models/edit.html", "files", context, status=400 if visit.is_post else 200)


def _save(visit: Visit, where: Place, form: EditForm) -> str:
    """Commits or proposes the text, as long as the file is still the one that was opened. Returns where
    it can be seen."""
    values = form.cleaned_data
    path, seen = str(values["path"]).strip("/ "), str(values["seen"])
    _check_unchanged(visit.repository, where, seen)
    if path != where.path or not seen:
        _check_free(visit.repository, where, path)
    operations: list[Operation] = [AddFile(path, values["content"].encode())]
    if seen and path != where.path:
        operations.append(DeleteFile(where.path))
    summary = values["summary"] or (f"Update {path}" if seen else f"Create {path}")
    proposed = save(visit, where, operations, summary, parent_commit=where.commit)
    return proposed or addresses.blob(visit.repository, str(where.branch), path)


def save(
    visit: Visit,
    where: Place,
    operations: Iterable[Operation],
    summary: str,
    *,
    parent_commit: str | None = None,
) -> str:
    """A commit to the branch, or a pull request against it, whose address is returned then."""
    repository, branch = visit.repository, str(where.branch)
    if not wants_review(visit):
        commits.commit(
            visit.actor, repository, branch, operations, summary=summary, parent_commit=parent_commit
        )
        return ""
    proposal = pull_requests.propose(
        visit.actor, repository, branch, operations, summary=summary, parent_commit=parent_commit
    )
    return addresses.discussion(repository, proposal.discussion.number)


def wants_review(visit: Visit) -> bool:
    """Whether the change becomes a pull request: always without the right to write."""
    return "propose" in visit.request.POST or not visit.can(Need.WRITE)


def _check_unchanged(repository: Repository, where: Place, seen: str) -> None:
    if seen and selectors.find(repository, where.commit, where.path).oid != seen:
        raise BranchUpdated(
            "Somebody changed this file since you opened it. Your text is below; nothing was saved."
        )


def _check_free(repository: Repository, where: Place, path: str) -> None:
    if selectors.find_many(repository, where.commit, [path]):
        raise Conflict("There is a file with this path already.", field="path")


def _upload_summary(files: list[UploadedFile[bytes]]) -> str:
    return f"Upload {files[0].name}" if len(files) == 1 else f"Upload {len(files)} files"
