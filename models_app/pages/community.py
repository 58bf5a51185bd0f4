"""Discussions and pull requests of a repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from models_app.discussions import policies, selectors, services
from models_app.discussions.models import Discussion, DiscussionEvent, DiscussionStatus
from models_app.discussions.selectors import Kind
from models_app.pages import addresses, proposals
from models_app.pages.door import Tab, Visit, repository_page, show
from models_app.pages.forms import CommentForm, DiscussionForm, TitleForm
from models_app.pages.refusals import beside
from models_app.pages.rendering import render_markdown
from models_app.repositories.access import Need
from models_app.repositories.models import Repository


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it is shown; the addresses are empty for what the reader may not do."""

    event: DiscussionEvent
    html: SafeString | None
    edit_url: str
    hide_url: str


@repository_page()
def show_list(visit: Visit) -> HttpResponse:
    repository = visit.repository
    asked = visit.request.GET.get("status", DiscussionStatus.OPEN)
    status = DiscussionStatus.CLOSED if asked == DiscussionStatus.CLOSED else DiscussionStatus.OPEN
    wanted = visit.request.GET.get("type", "")
    kind = Kind(wanted) if wanted in set(Kind) else None
    before = visit.request.GET.get("before", "")
    page = selectors.page_of(
        repository, status=status, kind=kind, before=int(before) if before.isdecimal() else None
    )
    counts = selectors.counts(repository)
    base = addresses.page(repository, "discussions")
    context = {
        "page": page,
        "status": status,
        "base_url": base,
        "status_tabs": [
            Tab(each, str(each.label), f"{base}?status={each}", "", each == status, count)
            for each, count in (
                (DiscussionStatus.OPEN, counts.open),
                (DiscussionStatus.CLOSED, counts.closed),
            )
        ],
        "kinds": kind_choices(base, status, kind),
        "new_url": f"{base}/new",
    }
    return show(visit, "models/discussions.html", "community", context)


def kind_choices(base: str, status: DiscussionStatus, current: Kind | None) -> list[Tab]:
    labels: dict[Kind | None, str] = {
        None: _("All"),
        Kind.DISCUSSION: _("Discussions"),
        Kind.PULL_REQUEST: _("Pull requests"),
    }
    return [
        Tab(kind or "all", label, f"{base}?status={status}&type={kind or 'all'}", "", kind == current)
        for kind, label in labels.items()
    ]


@repository_page(need=Need.CONTRIBUTE, methods=("GET", "POST"))
def new(visit: Visit) -> HttpResponse:
    form = DiscussionForm(visit.request.POST or None)
    if visit.is_post and form.is_valid():
        with beside(form):
            discussion = services.open(visit.actor, visit.repository, **form.cleaned_data)
            return redirect(addresses.discussion(visit.repository, discussion.number))
    status = 400 if visit.is_post else 200
    return show(visit, "models/discussion_new.html", "community", {"form": form}, status=status)


@repository_page()
def show_discussion(visit: Visit, number: int) -> HttpResponse:
    return _discussion_page(visit, selectors.get(visit.repository, number), CommentForm())


@repository_page(need=Need.CONTRIBUTE, methods=("POST",))
def comment(visit: Visit, number: int) -> HttpResponse:
    """Adds a comment; with a `status` button pressed it also closes or reopens."""
    discussion = selectors.get(visit.repository, number)
    form = CommentForm(visit.request.POST)
    status = visit.request.POST.get("status", "")
    if form.is_valid():
        with beside(form):
            if status in {DiscussionStatus.OPEN, DiscussionStatus.CLOSED}:
                text = form.cleaned_data["comment"]
                services.set_status(visit.actor, discussion, DiscussionStatus(status), text=text)
                return redirect(addresses.discussion(visit.repository, number))
            event = services.comment(visit.actor, discussion, form.cleaned_data["comment"])
            return redirect(_event_address(visit.repository, number, event.pk))
    return _discussion_page(visit, discussion, form, status=400)


@repository_page(need=Need.CONTRIBUTE, methods=("POST",))
def rename(visit: Visit, number: int) -> HttpResponse:
    discussion = selectors.get(visit.repository, number)
    form = TitleForm(visit.request.POST)
    if form.is_valid():
        services.rename(visit.actor, discussion, form.cleaned_data["title"])
    return redirect(addresses.discussion(visit.repository, number))


@repository_page(need=Need.CONTRIBUTE, methods=("GET", "POST"))
def edit_comment(visit: Visit, number: int, event_id: str) -> HttpResponse:
    discussion = selectors.get(visit.repository, number)
    event = selectors.get_event(discussion, event_id)
    form = CommentForm(visit.request.POST or None, initial={"comment": event.text})
    if visit.is_post and form.is_valid():
        with beside(form):
            services.edit_comment(visit.actor, event, form.cleaned_data["comment"])
            return redirect(_event_address(visit.repository, number, event.pk))
    context = {
        "form": form,
        "discussion": discussion,
        "back_url": addresses.discussion(visit.repository, number),
    }
    return show(visit, "models/comment_edit.html", "community", context, status=400 if visit.is_post else 200)


@repository_page(need=Need.CONTRIBUTE, methods=("POST",))
def hide_comment(visit: Visit, number: int, event_id: str) -> HttpResponse:
    discussion = selectors.get(visit.repository, number)
    services.hide_comment(visit.actor, selectors.get_event(discussion, event_id))
    return redirect(addresses.discussion(visit.repository, number))


def _discussion_page(
    visit: Visit, discussion: Discussion, form: CommentForm, *, status: int = 200
) -> HttpResponse:
    address = addresses.discussion(visit.repository, discussion.number)
    context: dict[str, Any] = {
        "discussion": discussion,
        "rows": [_row(visit, address, event) for event in selectors.events_of(discussion)],
        "form": form,
        "title_form": TitleForm(initial={"title": discussion.title}),
        "comment_url": f"{address}/comment",
        "title_url": f"{address}/title",
        "list_url": addresses.page(visit.repository, "discussions"),
        "commit_base": addresses.page(visit.repository, "commit"),
        "may_manage": policies.may_manage(visit.actor, visit.repository, discussion),
    }
    if discussion.is_pull_request:
        context["pull"] = proposals.shown(visit, discussion)
        context["merge_url"] = f"{address}/merge"
        context["may_merge"] = policies.may_merge(visit.actor, visit.repository)
    return show(visit, "models/discussion.html", "community", context, status=status)


def _row(visit: Visit, address: str, event: DiscussionEvent) -> EventRow:
    is_comment = event.kind == "comment" and not event.data.get("hidden")
    place = f"{address}/comments/{event.pk}"
    may_edit = is_comment and policies.may_edit(visit.actor, visit.repository, event)
    may_hide = is_comment and policies.may_hide(visit.actor, visit.repository, event)
    return EventRow(
        event=event,
        html=render_markdown(visit.repository, addresses.DEFAULT_REVISION, "", event.text)
        if is_comment
        else None,
        edit_url=f"{place}/edit" if may_edit else "",
        hide_url=f"{place}/hide" if may_hide else "",
    )


def _event_address(repository: Repository, number: int, event_id: str) -> str:
    return f"{addresses.discussion(repository, number)}#event-{event_id}"
