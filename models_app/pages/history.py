"""Who changed what, and when."""

from __future__ import annotations

from django.http import HttpResponse

from models_app.commits import selectors as commits
from models_app.pages import addresses, patches
from models_app.pages.door import Visit, repository_page, show
from models_app.pages.files import place_context
from models_app.pages.revisions import place
from models_app.repositories.access import Need

PAGE = 50


@repository_page()
def show_commits(visit: Visit, rest: str) -> HttpResponse:
    """The history of a revision, or of one path in it."""
    repository = visit.repository
    where = place(repository, rest)
    after = visit.request.GET.get("after", "")
    page = commits.history(repository, where.commit, path=where.path, after=after, limit=PAGE)
    context = {
        **place_context(visit, where, "commits"),
        "commits": page.commits,
        "next_after": page.next_after,
        "is_first_page": not after,
        "commit_base": addresses.page(repository, "commit"),
        "tree_base": addresses.page(repository, "tree"),
    }
    return show(visit, "models/commits.html", "history", context)


@repository_page(need=Need.CONTENT)
def show_commit(visit: Visit, commit_id: str) -> HttpResponse:
    """One commit with its differences; a short id is enough."""
    repository = visit.repository
    diff = commits.diff(repository, commit_id)
    commit = diff.commit
    files = [patches.shown(file, addresses.blob(repository, commit.id, file.path)) for file in diff.files]
    context = {
        "commit": commit,
        "file_count": diff.file_count,
        "is_cut": diff.is_cut,
        "files": files,
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "parents": [(parent, addresses.commit(repository, parent)) for parent in commit.parents],
        "tree_url": addresses.tree(repository, commit.id),
    }
    return show(visit, "models/commit.html", "history", context)
