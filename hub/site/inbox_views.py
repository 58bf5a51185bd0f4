"""What a person was told of."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hub.accounts.models import User
from hub.accounts.requests import actor_of
from hub.core.errors import NotFound
from hub.inbox import selectors, services
from hub.site.sessions import signed_in

PAGE = 30


@require_safe
@signed_in
def notifications(request: HttpRequest, _user: User) -> HttpResponse:
    rows = selectors.notifications_of(actor_of(request))
    only_unread = request.GET.get("unread") == "1"
    page = Paginator(rows.filter(read_at=None) if only_unread else rows, PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "site/notifications.html", {"page": page, "only_unread": only_unread})


@require_POST
@signed_in
def read_all(request: HttpRequest, _user: User) -> HttpResponse:
    services.mark_read(actor_of(request))
    return redirect("site:notifications")


@require_POST
@signed_in
def read(request: HttpRequest, _user: User, notification_id: int) -> HttpResponse:
    """Marks it and goes to what it is about."""
    found = selectors.notifications_of(actor_of(request)).filter(pk=notification_id).first()
    if found is None:
        raise NotFound("There is no such notification.")
    services.mark_read(actor_of(request), found.pk)
    return redirect(found.event.thing_url or "site:notifications")
