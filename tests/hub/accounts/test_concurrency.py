"""What two people do at the same moment. SQLite has one writer, so there is nothing to race there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from hub.accounts import services
from hub.accounts.models import Membership, Namespace, Role
from hub.core.errors import HubError
from tests.factories.accounts import actor_for, make_organization, make_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer"),
]


def at_once(*acts):
    """Whether each act succeeded, all started together, each on a connection of its own."""
    barrier = Barrier(len(acts))

    def run(act):
        barrier.wait()
        try:
            act()
            return True
        except HubError:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_two_admins_who_remove_each_other_leave_one():
    alice, bob = make_user("alice"), make_user("bob")
    acme = make_organization("acme", admin=alice, members={bob: Role.ADMIN})
    as_alice, as_bob = actor_for(alice), actor_for(bob)
    succeeded = at_once(
        lambda: services.remove_member(as_alice, acme, bob),
        lambda: services.remove_member(as_bob, acme, alice),
    )
    assert succeeded == [False, True]
    assert acme.memberships.filter(role=Role.ADMIN).count() == 1


def test_one_link_admits_one_person():
    acme = make_organization("acme")
    admin = actor_for(acme.memberships.get().user)
    secret = services.invite(admin, acme, "soon@example.org", Role.WRITE).secret
    people = [make_user(name) for name in ("carol", "dave", "erin")]
    succeeded = at_once(*(lambda u=user: services.accept_invitation(u, secret) for user in people))
    assert succeeded == [False, False, True]
    assert Membership.objects.filter(user__in=people).count() == 1


def test_one_name_goes_to_one_owner():
    alice = make_user("alice")
    succeeded = at_once(
        lambda: services.create_user("lab"),
        lambda: services.create_organization("Lab", created_by=alice),
    )
    assert succeeded == [False, True]
    assert Namespace.objects.filter(key="lab").count() == 1
