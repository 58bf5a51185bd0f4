from __future__ import annotations

import pytest

from hub.accounts import following
from hub.accounts.actors import ANONYMOUS
from hub.core.errors import InvalidInput, PermissionRefused, Unauthenticated
from tests.factories.accounts import actor_for, make_organization, make_user, token_actor


@pytest.fixture
def alice(db):
    return make_user("alice")


def test_it_follows_once_and_takes_it_back(alice):
    acme, actor = make_organization("acme"), actor_for(alice)
    for _again in range(2):
        following.follow(actor, acme)
    assert following.counts(actor, acme) == following.FollowCounts(1, 0, True)
    assert following.counts(ANONYMOUS, alice.namespace) == following.FollowCounts(0, 1, False)
    assert [row.namespace for row in following.followed_by(alice)] == [acme]
    following.unfollow(actor, acme)
    assert not following.followers_of(acme).exists()


def test_it_lets_nobody_follow_for_somebody_else(alice):
    acme = make_organization("acme")
    with pytest.raises(Unauthenticated):
        following.follow(ANONYMOUS, acme)
    with pytest.raises(PermissionRefused):
        following.follow(token_actor(alice, "read"), acme)
    with pytest.raises(InvalidInput):
        following.follow(actor_for(alice), alice.namespace)


def test_the_page_of_a_person_has_the_button(alice, client):
    make_user("bob")
    client.force_login(alice)
    assert client.post("/bob/follow")["Location"] == "/bob"
    assert 'aria-pressed="true"' in client.get("/bob").content.decode()
    assert "alice" in client.get("/bob/followers").content.decode()
    assert "bob" in client.get("/alice/following").content.decode()
    assert client.get("/bob/following").status_code == 200
