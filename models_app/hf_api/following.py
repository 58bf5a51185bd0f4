"""Followers as clients know them, and following."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts import following
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from models_app.hf_api.http import by_method, hf_view, json_list, next_page_url
from models_app.hf_api.identity import MOST, PAGE, avatar_url, people_json
from models_app.hf_api.paging import page_of_rows


@hf_view
def user_followers(request: HttpRequest, actor: Actor, /, *, name: str) -> HttpResponseBase:
    return _followers(request, actor, accounts.get_user(name).namespace)


@hf_view
def organization_followers(request: HttpRequest, actor: Actor, /, *, name: str) -> HttpResponseBase:
    return _followers(request, actor, accounts.get_organization(name))


def _followers(request: HttpRequest, actor: Actor, namespace: Namespace) -> HttpResponseBase:
    page = page_of_rows(request, following.followers_of(namespace), default=PAGE, most=MOST)
    people = people_json(request, actor, [row.user for row in page.items])
    return json_list(people, next_url=next_page_url(request, page.next_cursor))


@hf_view
def user_following(request: HttpRequest, actor: Actor, /, *, name: str) -> HttpResponseBase:
    """People and organizations, told apart by `type`."""
    user = accounts.get_user(name)
    page = page_of_rows(request, following.followed_by(user), default=PAGE, most=MOST)
    shown = [row.namespace for row in page.items]
    own = following.followed_among(actor, shown)
    followed = [followed_json(request, each, is_followed=each.pk in own) for each in shown]
    return json_list(followed, next_url=next_page_url(request, page.next_cursor))


def followed_json(request: HttpRequest, namespace: Namespace, *, is_followed: bool) -> dict[str, Any]:
    return {
        "user": namespace.name,
        "fullname": namespace.display_name,
        "avatarUrl": avatar_url(request, namespace),
        "isPro": False,
        "isFollowing": is_followed,
        "type": namespace.kind,
    }


@hf_view(methods=("POST",))
def follow(_request: HttpRequest, actor: Actor, /, *, name: str) -> HttpResponseBase:
    following.follow(actor, accounts.get_namespace(name))
    return JsonResponse({"success": True})


@hf_view(methods=("DELETE",))
def unfollow(_request: HttpRequest, actor: Actor, /, *, name: str) -> HttpResponseBase:
    following.unfollow(actor, accounts.get_namespace(name))
    return JsonResponse({"success": True})


follow_or_unfollow = by_method(POST=follow, DELETE=unfollow)
