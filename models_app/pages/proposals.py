"""What the page of a pull request shows beside the discussion, and its merge."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hub.core.errors import Conflict, InvalidInput, RevisionNotFound
from models_app.discussions import pull_requests, selectors
from models_app.discussions.models import Discussion
from models_app.pages import addresses, patches
from models_app.pages.door import Visit, repository_page
from models_app.pages.patches import ShownFile
from models_app.repositories.access import Need


@dataclass(frozen=True, slots=True)
class ShownPullRequest:
    """`files` is None for readers who may not see the contents."""

    base: str
    tree_url: str
    commits_url: str
    merge_commit_url: str
    commands: str
    conflicts: list[str]
    files: list[ShownFile] | None
    file_count: int
    is_cut: bool


def shown(visit: Visit, discussion: Discussion) -> ShownPullRequest:
    repository = visit.repository
    state = pull_requests.state(discussion)
    merge_commit = discussion.merge_commit
    files: list[ShownFile] | None = None
    if visit.can(Need.CONTENT):
        changed = state.diff.files if state.diff else []
        files = [
            patches.shown(file, addresses.blob(repository, discussion.ref, file.path)) for file in changed
        ]
    return ShownPullRequest(
        base=discussion.base.removeprefix("refs/heads/"),
        tree_url=addresses.tree(repository, discussion.ref),
        commits_url=addresses.commits(repository, discussion.ref),
        merge_commit_url=addresses.commit(repository, merge_commit) if merge_commit else "",
        commands=git_commands(discussion),
        conflicts=state.conflicts,
        files=files,
        file_count=state.diff.file_count if state.diff else 0,
        is_cut=bool(state.diff and state.diff.is_cut),
    )


def git_commands(discussion: Discussion) -> str:
    branch = f"pr-{discussion.number}"
    return (
        f"git fetch origin {discussion.ref}:{branch}\n"
        f"git checkout {branch}\n"
        f"git push origin {branch}:{discussion.ref}"
    )


@repository_page(need=Need.CONTRIBUTE, methods=("POST",))
def merge(visit: Visit, number: int) -> HttpResponse:
    discussion = selectors.get_pull_request(visit.repository, number)
    try:
        pull_requests.merge(visit.actor, discussion)
    except (Conflict, InvalidInput, RevisionNotFound) as refusal:
        messages.error(visit.request, _(refusal.message))
    else:
        messages.success(visit.request, _("The pull request was merged."))
    return redirect(addresses.discussion(visit.repository, number))
