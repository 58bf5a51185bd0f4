"""What the page of a user or an organization shows to one reader."""

from __future__ import annotations

from dataclasses import dataclass

from hub.accounts import following, policies, selectors
from hub.accounts.actors import Actor
from hub.accounts.following import FollowCounts
from hub.accounts.models import Membership, Namespace
from hub.accounts.selectors import OrganizationRole
from models_app.repositories.access import visible_to
from models_app.repositories.models import Repository, RepositoryType

SHOWN = 12
MEMBERS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Shelf:
    """The newest repositories of one type, and how many there are."""

    type: RepositoryType
    repositories: list[Repository]
    count: int


@dataclass(frozen=True, slots=True)
class Profile:
    shelves: list[Shelf]
    members: list[Membership]
    member_count: int
    organizations: list[OrganizationRole]
    may_see_inside: bool
    may_administer: bool
    follows: FollowCounts
    may_follow: bool

    @property
    def is_empty(self) -> bool:
        return not any(shelf.count for shelf in self.shelves)


def profile_of(actor: Actor, namespace: Namespace) -> Profile:
    """At most eight queries."""
    members = selectors.members_of(namespace) if namespace.is_organization else None
    return Profile(
        shelves=[_shelf(actor, namespace, type_) for type_ in RepositoryType],
        members=list(members[:MEMBERS_SHOWN]) if members is not None else [],
        member_count=members.count() if members is not None else 0,
        organizations=[] if namespace.is_organization else selectors.organizations_of(namespace.user),
        may_see_inside=policies.may_see_inside(actor, namespace),
        may_administer=policies.may_administer(actor, namespace),
        follows=following.counts(actor, namespace),
        may_follow=actor.user is not None and actor.user.namespace_id != namespace.pk,
    )


def _shelf(actor: Actor, namespace: Namespace, type_: RepositoryType) -> Shelf:
    rows = visible_to(actor).filter(namespace=namespace, type=type_).order_by("-updated_at", "-pk")
    newest = list(rows[: SHOWN + 1])
    count = len(newest) if len(newest) <= SHOWN else rows.count()
    return Shelf(type_, newest[:SHOWN], count)
