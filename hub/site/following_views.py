"""Following people and organizations, and who does."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hub.accounts import following, selectors
from hub.accounts.models import User
from hub.accounts.requests import actor_of
from hub.core.errors import NotFound
from hub.site.sessions import signed_in

PAGE = 50


@require_POST
@signed_in
def follow(request: HttpRequest, _user: User, name: str) -> HttpResponse:
    """Follows, or takes it back."""
    namespace, actor = selectors.get_namespace(name), actor_of(request)
    if following.follows(actor, namespace):
        following.unfollow(actor, namespace)
    else:
        following.follow(actor, namespace)
    return redirect(namespace)


@require_safe
def followers(request: HttpRequest, name: str) -> HttpResponse:
    namespace = selectors.get_namespace(name)
    page = Paginator(following.followers_of(namespace), PAGE).get_page(request.GET.get("page"))
    people = [row.user.namespace for row in page]
    context = {"namespace": namespace, "page": page, "people": people, "current": "followers"}
    return render(request, "site/following.html", context)


@require_safe
def followed(request: HttpRequest, name: str) -> HttpResponse:
    namespace = selectors.get_namespace(name)
    if namespace.is_organization:
        raise NotFound("Organizations follow nobody.")
    page = Paginator(following.followed_by(namespace.user), PAGE).get_page(request.GET.get("page"))
    people = [row.namespace for row in page]
    context = {"namespace": namespace, "page": page, "people": people, "current": "following"}
    return render(request, "site/following.html", context)
