from __future__ import annotations

import pytest

from hub.accounts import services as accounts
from hub.accounts.models import Role
from hub.activity.models import Event
from hub.inbox.models import Notification
from models_app.announcements import notices
from models_app.discussions import services as discussions
from models_app.repositories import services as repositories
from tests.factories.accounts import actor_for, make_organization, make_user
from tests.factories.repositories import make_repository


@pytest.fixture
def alice(db):
    return make_user("alice")


def told(verb):
    """Who hears of the newest such event."""
    event = Event.objects.filter(verb=verb).latest("pk")
    for _again in range(2):
        notices.notify(event.pk)
    return sorted(Notification.objects.filter(event=event).values_list("user__username", flat=True))


def test_owners_and_those_who_take_part_hear_of_a_discussion(alice):
    bob, carol = make_user("bob"), make_user("carol")
    repository = make_repository(alice, "open")
    discussion = discussions.open(actor_for(bob), repository, title="Why", description="?")
    assert told("discussion.opened") == ["alice"]
    discussions.comment(actor_for(carol), discussion, "Me too")
    assert told("discussion.commented") == ["alice", "bob"]
    discussions.comment(actor_for(alice), discussion, "Because")
    assert told("discussion.commented") == ["bob", "carol"]


def test_those_who_may_no_longer_read_hear_nothing(alice):
    bob = make_user("bob")
    acme = make_organization("acme", admin=alice, members={bob: Role.WRITE})
    repository = make_repository(acme, "open")
    discussion = discussions.open(actor_for(bob), repository, title="Why", description="?")
    accounts.remove_member(None, acme, bob)
    repositories.update_settings(actor_for(alice), repository, visibility="private")
    discussions.comment(actor_for(alice), discussion, "Inside")
    assert told("discussion.commented") == []


def test_a_person_hears_of_an_invitation(alice):
    bob = make_user("bob")
    acme = make_organization("acme", admin=alice)
    accounts.invite(actor_for(alice), acme, "BOB@example.org", Role.READ)
    assert told("invitation.sent") == ["bob"]
    assert bob.notifications.count() == 1
