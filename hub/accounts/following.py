"""People follow people and organizations: what they do then shows up in the follower's feed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from hub.accounts.actors import Actor, Reach
from hub.accounts.models import Follow, Namespace, User
from hub.core.errors import InvalidInput, PermissionRefused, Unauthenticated


@dataclass(frozen=True, slots=True)
class FollowCounts:
    """How many follow a namespace, how many its person follows, and whether the reader follows it."""

    followers: int
    following: int
    is_followed: bool


def follow(actor: Actor, namespace: Namespace) -> None:
    """Again is no error. Raises Unauthenticated, PermissionRefused for a token that only reads."""
    user = _person(actor)
    if user.namespace_id == namespace.pk:
        raise InvalidInput("Nobody follows themselves.")
    Follow.objects.get_or_create(user=user, namespace=namespace)


def unfollow(actor: Actor, namespace: Namespace) -> None:
    Follow.objects.filter(user=_person(actor), namespace=namespace).delete()


def followers_of(namespace: Namespace) -> QuerySet[Follow]:
    """With their users, newest first."""
    return namespace.follower_rows.select_related("user__namespace").order_by("-pk")


def followed_by(user: User) -> QuerySet[Follow]:
    """What the person follows, people and organizations, newest first."""
    return user.follows.select_related("namespace").order_by("-pk")


def counts(actor: Actor, namespace: Namespace) -> FollowCounts:
    """One query."""
    followed = Q(namespace=namespace)
    rows = Follow.objects.filter(followed | Q(user__namespace=namespace))
    found = rows.aggregate(
        followers=Count("pk", filter=followed),
        following=Count("pk", filter=Q(user__namespace=namespace)),
        own=Count("pk", filter=followed & Q(user_id=actor.user.pk if actor.user else None)),
    )
    return FollowCounts(found["followers"], found["following"], bool(found["own"]))


def follows(actor: Actor, namespace: Namespace) -> bool:
    return actor.user is not None and Follow.objects.filter(user=actor.user, namespace=namespace).exists()


def followed_among(actor: Actor, namespaces: Iterable[Namespace]) -> set[int]:
    """The numbers of those that the reader follows. One query, none for nobody."""
    if actor.user is None:
        return set()
    rows = Follow.objects.filter(user=actor.user, namespace__in=[each.pk for each in namespaces])
    return set(rows.values_list("namespace_id", flat=True))


def _person(actor: Actor) -> User:
    if actor.user is None:
        raise Unauthenticated
    if actor.reach_on_namespace(actor.user.username) < Reach.WRITE:
        raise PermissionRefused("This token may not follow for its owner.")
    return actor.user
