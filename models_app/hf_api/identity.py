"""Who somebody is: whoami, profiles, members, likes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts import following
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace, Role, TokenScope, User
from hub.core import clock
from hub.core.errors import Unauthenticated
from models_app.discovery import selectors as discovery
from models_app.discovery import services as discovery_services
from models_app.discussions import selectors as discussions
from models_app.hf_api.addressing import in_repository
from models_app.hf_api.http import (
    absolute,
    by_method,
    hf_view,
    json_list,
    next_page_url,
    query_int,
)
from models_app.hf_api.paging import number_from, page_of_rows
from models_app.repositories.models import Repository

PAGE = 100
MOST = 1000


@hf_view
def whoami(request: HttpRequest, actor: Actor, /) -> HttpResponseBase:
    if actor.user is None:
        raise Unauthenticated
    user = actor.user
    organizations = accounts.organizations_of(user)
    return JsonResponse(
        {
            "type": "user",
            "id": public_id(user.namespace),
            "name": user.namespace.name,
            "fullname": user.namespace.display_name,
            "email": user.email,
            "emailVerified": bool(user.email),
            "canPay": False,
            "isPro": False,
            "billingMode": "prepaid",
            "periodEnd": None,
            "avatarUrl": avatar_url(request, user.namespace),
            "orgs": [
                {**organization_json(request, organization), "roleInOrg": str(role)}
                for organization, role in organizations
            ],
            "auth": auth_json(actor),
        }
    )


def auth_json(actor: Actor) -> dict[str, Any]:
    token = actor.token
    if token is None:
        return {"type": "session"}
    access: dict[str, Any] = {
        "displayName": token.name,
        "role": token.scope,
        "createdAt": clock.iso_millis(token.created_at),
    }
    if token.scope == TokenScope.FINE_GRAINED:
        access["fineGrained"] = {"scoped": token.grants}
    return {"type": "access_token", "accessToken": access}


def public_id(namespace: Namespace) -> str:
    """24 hexadecimal digits, the form that clients know."""
    return f"{namespace.pk:024x}"


def avatar_url(request: HttpRequest, namespace: Namespace) -> str:
    return absolute(request, f"/avatars/{namespace.key}.svg")


def organization_json(request: HttpRequest, organization: Namespace) -> dict[str, Any]:
    return {
        "type": "org",
        "id": public_id(organization),
        "name": organization.name,
        "fullname": organization.display_name,
        "email": None,
        "avatarUrl": avatar_url(request, organization),
        "canPay": False,
        "isEnterprise": False,
        "periodEnd": None,
    }


def people_json(request: HttpRequest, actor: Actor, users: Iterable[User]) -> list[dict[str, Any]]:
    """The people of a list, and whether the reader follows them."""
    users = list(users)
    followed = following.followed_among(actor, [user.namespace for user in users])
    return [{**user_json(request, user), "isFollowing": user.namespace_id in followed} for user in users]


def user_json(request: HttpRequest, user: User) -> dict[str, Any]:
    return {
        "user": user.username,
        "fullname": user.namespace.display_name,
        "avatarUrl": avatar_url(request, user.namespace),
        "isPro": False,
        "type": "user",
    }


# --- Profiles ------------------------------------------------------------------------------------


@hf_view
def user_overview(request: HttpRequest, actor: Actor, /, *, username: str) -> HttpResponseBase:
    user = accounts.get_user(username)
    counts = discovery.profile_counts(actor, user.namespace)
    memberships = accounts.organizations_of(user)
    follows = following.counts(actor, user.namespace)
    return JsonResponse(
        {
            **user_json(request, user),
            "details": user.namespace.about,
            "createdAt": clock.iso_millis(user.namespace.created_at),
            "numModels": counts.models,
            "numDatasets": counts.datasets,
            "numSpaces": 0,
            "numDiscussions": discussions.opened_by(actor, user),
            "numPapers": 0,
            "numUpvotes": 0,
            "numLikes": counts.likes,
            "numFollowing": follows.following,
            "numFollowers": follows.followers,
            "isFollowing": follows.is_followed,
            "orgs": [organization_json(request, organization) for organization, _role in memberships],
        }
    )


@hf_view
def organization_overview(request: HttpRequest, actor: Actor, /, *, name: str) -> HttpResponseBase:
    organization = accounts.get_organization(name)
    counts = discovery.profile_counts(actor, organization)
    follows = following.counts(actor, organization)
    return JsonResponse(
        {
            **organization_json(request, organization),
            "details": organization.about,
            "isVerified": organization.is_verified,
            "isFollowing": follows.is_followed,
            "numUsers": accounts.members_of(organization).count(),
            "numModels": counts.models,
            "numDatasets": counts.datasets,
            "numSpaces": 0,
            "numFollowers": follows.followers,
            "numPapers": 0,
        }
    )


@hf_view
def organization_members(request: HttpRequest, actor: Actor, /, *, name: str) -> HttpResponseBase:
    organization = accounts.get_organization(name)
    page = page_of_rows(request, accounts.members_of(organization), default=PAGE, most=MOST)
    people = people_json(request, actor, [row.user for row in page.items])
    members = [
        {**person, "role": Role(row.role).value} for person, row in zip(people, page.items, strict=True)
    ]
    return json_list(members, next_url=next_page_url(request, page.next_cursor))


# --- Likes ---------------------------------------------------------------------------------------


@hf_view
def user_likes(request: HttpRequest, actor: Actor, /, *, username: str) -> HttpResponseBase:
    user = accounts.get_user(username)
    limit = query_int(request, "limit", default=PAGE, most=MOST)
    page = discovery.likes_of(actor, user, after=number_from(request), limit=limit)
    likes = [
        {
            "createdAt": clock.iso_millis(like.created_at),
            "repo": {"name": like.full_id, "type": like.type},
        }
        for like in page.likes
    ]
    return json_list(likes, next_url=next_page_url(request, page.next_cursor))


@hf_view
@in_repository()
def likers(request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    page = page_of_rows(request, discovery.likers_of(repository), default=PAGE, most=MOST)
    users = people_json(request, actor, [like.user for like in page.items])
    return json_list(users, next_url=next_page_url(request, page.next_cursor))


@hf_view(methods=("POST",))
@in_repository()
def like(_request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    discovery_services.like(actor, repository)
    return JsonResponse({})


@hf_view(methods=("DELETE",))
@in_repository()
def unlike(_request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    discovery_services.unlike(actor, repository)
    return HttpResponse(status=200)


like_or_unlike = by_method(POST=like, DELETE=unlike)
