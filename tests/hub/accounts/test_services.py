from __future__ import annotations

from datetime import timedelta

import pytest

from hub.accounts import selectors, services
from hub.accounts.models import Invitation, Membership, Namespace, Role, User
from hub.activity.models import Event
from hub.core import clock
from hub.core.errors import Conflict, InvalidInput, NotFound, PermissionRefused
from tests.factories.accounts import actor_for, make_organization, make_user, token_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return make_user("alice")


@pytest.fixture
def bob():
    return make_user("bob")


@pytest.fixture
def acme(alice, bob):
    return make_organization("acme", admin=alice, members={bob: Role.WRITE})


def test_a_user_gets_a_namespace_of_the_same_name(alice):
    assert (alice.namespace.name, alice.namespace.kind, alice.check_password("x")) == ("alice", "user", False)
    assert selectors.get_namespace("ALICE") == alice.namespace


@pytest.mark.parametrize("taken", ["acme", "ACME", "alice", "Alice"])
def test_users_and_organizations_share_one_table_of_names(acme, alice, taken):
    with pytest.raises(Conflict):
        services.create_user(taken)
    with pytest.raises(Conflict):
        services.create_organization(taken, created_by=alice)
    assert (User.objects.count(), Namespace.objects.count()) == (2, 3)


def test_an_address_is_used_once_and_no_address_often(alice):
    with pytest.raises(Conflict):
        services.create_user("carol", email="ALICE@example.org")
    with pytest.raises(InvalidInput):
        services.create_user("carol", email="nonsense")
    services.create_user("carol")
    services.create_user("dave")
    assert not Namespace.objects.filter(name="mallory").exists()


def test_the_maker_of_an_organization_is_its_admin(acme, alice, bob):
    assert selectors.organizations_of(alice) == [(acme, Role.ADMIN)]
    assert selectors.organizations_of(bob) == [(acme, Role.WRITE)]


def test_only_admins_change_members(acme, alice, bob):
    carol = make_user("carol")
    for refused in (bob, carol):
        with pytest.raises(PermissionRefused):
            services.set_member(actor_for(refused), acme, carol, Role.READ)
        with pytest.raises(PermissionRefused):
            services.remove_member(actor_for(refused), acme, alice)
    services.set_member(actor_for(alice), acme, carol, "contributor")
    assert [m.user.username for m in selectors.members_of(acme)] == ["alice", "bob", "carol"]


def test_the_last_admin_stays(acme, alice, bob):
    with pytest.raises(Conflict):
        services.remove_member(actor_for(alice), acme, alice)
    with pytest.raises(Conflict):
        services.set_member(None, acme, alice, Role.WRITE)
    services.set_member(actor_for(alice), acme, bob, Role.ADMIN)
    services.remove_member(actor_for(alice), acme, alice)
    assert [m.user for m in selectors.members_of(acme)] == [bob]


def test_members_may_leave_in_a_session_only(acme, bob):
    with pytest.raises(PermissionRefused):
        services.remove_member(token_actor(bob), acme, bob)
    services.remove_member(actor_for(bob), acme, bob)
    with pytest.raises(NotFound):
        services.remove_member(None, acme, bob)


def test_nobody_joins_a_person_or_takes_an_unknown_role(acme, alice, bob):
    with pytest.raises(InvalidInput):
        services.set_member(None, alice.namespace, bob, Role.READ)
    with pytest.raises(InvalidInput):
        services.set_member(None, acme, bob, "owner")


def test_an_invitation_works_once(acme, alice):
    _invitation, secret = services.invite(actor_for(alice), acme, "carol@example.org", Role.CONTRIBUTOR)
    carol = make_user("carol")
    assert services.accept_invitation(carol, secret).role == Role.CONTRIBUTOR
    with pytest.raises(NotFound):
        services.accept_invitation(make_user("dave"), secret)
    assert not selectors.pending_invitations(acme)


def test_an_invitation_expires_and_can_be_withdrawn_or_replaced(acme, alice):
    actor = actor_for(alice)
    _first, replaced = services.invite(actor, acme, "carol@example.org", Role.READ)
    _second, expired = services.invite(actor, acme, "Carol@example.org", Role.READ)
    Invitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    third, withdrawn = services.invite(actor, acme, "carol@example.org", Role.READ)
    services.revoke_invitation(actor, third)
    carol = make_user("carol")
    for secret in (replaced, expired, withdrawn, "nonsense"):
        with pytest.raises(NotFound):
            services.accept_invitation(carol, secret)
    assert not Membership.objects.filter(user=carol).exists()


def test_an_invitation_never_takes_a_role_away(acme, alice):
    _i, secret = services.invite(actor_for(alice), acme, "elsewhere@example.org", Role.READ)
    assert services.accept_invitation(alice, secret).role == Role.ADMIN


def test_only_admins_invite_and_members_are_not_invited(acme, alice, bob):
    with pytest.raises(PermissionRefused):
        services.invite(actor_for(bob), acme, "carol@example.org", Role.READ)
    with pytest.raises(Conflict):
        services.invite(actor_for(alice), acme, "bob@example.org", Role.READ)
    with pytest.raises(InvalidInput):
        services.invite(actor_for(alice), acme, "not an address", Role.READ)


def test_settings_change_what_is_given(acme, alice, bob):
    services.update_namespace(actor_for(alice), acme, about="We measure.", website="https://acme.example")
    services.update_namespace(actor_for(alice), acme, full_name="Acme", private_by_default=True)
    acme.refresh_from_db()
    assert (acme.full_name, acme.about, acme.private_by_default) == ("Acme", "We measure.", True)
    with pytest.raises(PermissionRefused):
        services.update_namespace(actor_for(bob), acme, about="")
    for website in ("javascript:alert(1)", "ftp://acme.example", "acme"):
        with pytest.raises(InvalidInput):
            services.update_namespace(actor_for(alice), acme, website=website)


def test_each_act_leaves_an_event(acme, alice, bob):
    services.remove_member(actor_for(alice), acme, bob)
    told = list(Event.objects.filter(namespace=acme).order_by("pk").values_list("verb", "actor_name"))
    assert told == [("organization.created", "alice"), ("member.set", ""), ("member.removed", "alice")]


def test_a_refused_act_leaves_nothing(acme, alice):
    before = Event.objects.count()
    with pytest.raises(Conflict):
        services.remove_member(None, acme, alice)
    assert Event.objects.count() == before
