from __future__ import annotations

import pytest

from hub.accounts.actors import ANONYMOUS
from hub.accounts.models import Role, User
from hub.core.errors import Conflict, GatedRepository, InvalidInput, PermissionRefused, Unauthenticated
from models_app.repositories import access, gating, large_files, services
from models_app.repositories.access import Need
from models_app.repositories.models import Repository
from tests.factories.accounts import actor_for, make_organization, make_user, token_actor
from tests.factories.large_files import commit_large_file, upload
from tests.factories.repositories import make_repository


@pytest.fixture
def owner(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def member(db: None) -> User:
    return make_user("mia")


@pytest.fixture
def bob(db: None) -> User:
    return make_user("bob")


@pytest.fixture
def gated(owner: User, member: User) -> Repository:
    repository = make_repository(make_organization("acme", admin=owner, members={member: Role.READ}))
    return services.update_settings(actor_for(owner), repository, gating="manual")


def reads(user: User, repository: Repository) -> bool:
    return access.can(actor_for(user), repository, Need.CONTENT)


def test_it_lets_members_in_and_shows_the_rest_only_the_outside(gated, owner, member, bob) -> None:
    assert reads(owner, gated)
    assert reads(member, gated)
    assert access.can(actor_for(bob), gated, Need.READ)
    for actor in (actor_for(bob), ANONYMOUS):
        with pytest.raises(GatedRepository, match=r"restricted and you are not in the authorized list"):
            access.require(actor, gated, Need.CONTENT)


def test_it_opens_when_an_administrator_says_so_and_shuts_again(gated, owner, bob) -> None:
    admin = actor_for(owner)
    gating.ask(actor_for(bob), gated, {"Why": "To learn"})
    assert not reads(bob, gated)
    gating.handle(admin, gated, bob, "accepted")
    assert reads(bob, gated)
    gating.handle(admin, gated, bob, "pending")
    assert not reads(bob, gated)
    rejected = gating.handle(admin, gated, bob, "rejected", rejection_reason="Not now")
    assert (rejected.rejection_reason, reads(bob, gated)) == ("Not now", False)
    with pytest.raises(Conflict):
        gating.ask(actor_for(bob), gated, {})


def test_an_automatic_gate_says_yes(gated, owner, bob) -> None:
    services.update_settings(actor_for(owner), gated, gating="auto")
    gating.ask(actor_for(bob), gated, {})
    assert reads(bob, gated)


def test_it_refuses_what_says_nothing_new(gated, owner, bob) -> None:
    admin = actor_for(owner)
    gating.grant(admin, gated, bob)
    with pytest.raises(Conflict):
        gating.grant(admin, gated, bob)
    with pytest.raises(Conflict):
        gating.handle(admin, gated, bob, "accepted")
    with pytest.raises(InvalidInput):
        gating.ask(admin, gated, {})
    with pytest.raises(Unauthenticated):
        gating.ask(ANONYMOUS, gated, {})


def test_only_administrators_decide_and_see_who_asked(gated, member, bob) -> None:
    for actor in (actor_for(bob), actor_for(member)):
        with pytest.raises(PermissionRefused):
            gating.grant(actor, gated, bob)
        with pytest.raises(PermissionRefused):
            gating.requests_of(actor, gated, "pending")


def test_a_narrow_token_passes_only_where_it_says_that_it_reads(gated, owner, bob) -> None:
    gating.grant(actor_for(owner), gated, bob)
    elsewhere = token_actor(bob, "fineGrained", grants=[{"on": "namespace:bob", "may": ["read"]}])
    public = token_actor(bob, "fineGrained", name="p", grants=[{"on": "public", "may": ["read"]}])
    assert not access.can(elsewhere, gated, Need.CONTENT)
    assert access.can(public, gated, Need.CONTENT)
    assert access.can(token_actor(bob, "read", name="r"), gated, Need.CONTENT)
    assert gated not in access.content_readable_by(elsewhere)
    assert gated in access.content_readable_by(public)


def test_the_hash_of_a_gated_file_opens_nothing(gated, owner, member, bob) -> None:
    sha256 = upload(gated, b"weights")
    commit_large_file(gated, gated.namespace, "w.bin", sha256)
    own = make_repository(bob, "copy")
    assert large_files.link_readable(actor_for(bob), own, {sha256}) == {}
    gating.grant(actor_for(owner), gated, bob)
    assert set(large_files.link_readable(actor_for(bob), own, {sha256})) == {sha256}


def test_lists_of_requests_are_paged_newest_first(gated, owner) -> None:
    users = [make_user(f"u{number}") for number in range(3)]
    for user in users:
        gating.grant(actor_for(owner), gated, user)
    first = gating.requests_of(actor_for(owner), gated, "accepted", limit=2)
    rest = gating.requests_of(actor_for(owner), gated, "accepted", before=first.next_before, limit=2)
    assert [row.user for row in (*first.requests, *rest.requests)] == users[::-1]
    assert rest.next_before is None
