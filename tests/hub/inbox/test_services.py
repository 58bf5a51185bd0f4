from __future__ import annotations

import pytest

from hub.accounts import services as accounts
from hub.accounts.models import Role
from hub.activity.services import Thing, record
from hub.inbox import selectors, services
from tests.factories.accounts import actor_for, make_organization, make_user


@pytest.fixture
def alice(db):
    return make_user("alice")


def happened(namespace_id, *, is_public=False):
    thing = Thing("job", "1", "A job", "/jobs/1")
    return record("job.failed", actor=None, thing=thing, namespace_id=namespace_id, is_public=is_public)


def test_it_tells_once_and_counts_what_is_unread(alice, django_assert_num_queries):
    actor = actor_for(alice)
    events = [happened(alice.namespace_id) for _each in range(3)]
    for event in (*events, events[0]):
        services.notify([alice.pk], event.pk)
    with django_assert_num_queries(1):
        assert selectors.unread_count(actor) == 3
    newest = selectors.notifications_of(actor)[0]
    assert newest.event_id == events[2].pk
    assert (services.mark_read(actor, newest.pk), selectors.unread_count(actor)) == (1, 2)
    assert (services.mark_read(actor), services.mark_read(actor)) == (2, 0)


def test_it_says_nothing_of_what_the_person_may_no_longer_see(alice):
    acme = make_organization("acme", members={alice: Role.READ})
    services.notify([alice.pk], happened(acme.pk).pk)
    assert selectors.unread_count(actor_for(alice)) == 1
    accounts.remove_member(None, acme, alice)
    assert selectors.unread_count(actor_for(alice)) == 0


def test_the_page_opens_and_reads(alice, client):
    services.notify([alice.pk], happened(alice.namespace_id).pk)
    client.force_login(alice)
    text = client.get("/notifications").content.decode()
    assert "A job" in text
    assert 'badge badge-accent num">1<' in text
    row = alice.notifications.get()
    assert client.post(f"/notifications/{row.pk}/read")["Location"] == "/jobs/1"
    assert "A job" not in client.get("/notifications?unread=1").content.decode()
    assert "A job" in client.get("/notifications").content.decode()
