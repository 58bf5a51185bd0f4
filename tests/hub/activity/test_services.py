from __future__ import annotations

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from hub.activity import selectors, services, subscriptions
from hub.activity.models import Event
from hub.activity.services import Thing
from tests.factories.accounts import actor_for, make_organization, make_user

REPOSITORY = Thing("repository", "7", "acme/t5", "/acme/t5")


@pytest.fixture
def broker(monkeypatch):
    """The outside world: what the broker was handed, and whether it is up."""

    class Broker:
        up = True

        def __init__(self):
            self.messages = []

        def send_task(self, name, args=(), **_options):
            if not self.up:
                raise OperationalError("down")
            self.messages.append((name, tuple(args)))

    broker = Broker()
    monkeypatch.setattr("hub.core.enqueue.current_app", broker)
    monkeypatch.setattr(subscriptions, "_tasks", type(subscriptions._tasks)(list))
    return broker


def record(verb="repository.updated", **options):
    return services.record(verb, actor=None, thing=REPOSITORY, namespace_id=None, **options)


@pytest.mark.django_db
def test_it_needs_no_delivery_when_nobody_listens(broker, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        event = record()
    assert (event.delivered_at is None, broker.messages) == (False, [])


@pytest.mark.django_db
def test_it_wakes_the_delivery_after_commit(broker, django_capture_on_commit_callbacks):
    subscriptions.subscribe("repository.updated", "models_app.reindex")
    with django_capture_on_commit_callbacks(execute=True):
        record()
        assert broker.messages == []
    assert broker.messages == [("hub.activity.deliver", ())]


@pytest.mark.django_db
def test_each_subscriber_hears_once(broker):
    for task in ("models_app.reindex", "models_app.mail", "models_app.reindex"):
        subscriptions.subscribe("repository.updated", task)
    event = record()
    assert (services.deliver_pending(), services.deliver_pending()) == (1, 0)
    assert broker.messages == [("models_app.reindex", (event.pk,)), ("models_app.mail", (event.pk,))]


@pytest.mark.django_db
def test_events_wait_while_the_broker_is_down(broker):
    subscriptions.subscribe("repository.updated", "models_app.reindex")
    record()
    broker.up = False
    assert services.deliver_pending() == 0
    broker.up = True
    assert services.deliver_pending() == 1


@pytest.mark.django_db
def test_more_than_one_batch_is_delivered(broker, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    subscriptions.subscribe("repository.updated", "models_app.reindex")
    events = [record() for _i in range(5)]
    assert services.deliver_pending() == 5
    assert [args for _name, args in broker.messages] == [(event.pk,) for event in events]


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_leaves_no_event(broker):
    def fail_after_recording():
        with transaction.atomic():
            record()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_recording()
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_feeds_hold_what_the_reader_may_see(broker, django_assert_num_queries):
    alice = make_user("alice")
    acme, other = make_organization("acme", admin=alice), make_organization("other")
    Event.objects.all().delete()
    for namespace in (acme, other):
        for is_public in (True, False):
            services.record(
                "repository.created",
                actor=actor_for(alice),
                thing=REPOSITORY,
                namespace_id=namespace.pk,
                is_public=is_public,
            )
    with django_assert_num_queries(1):
        mine = selectors.feed(namespace_ids=[acme.pk])
    assert [(e.namespace_id, e.is_public) for e in mine] == [
        (other.pk, True),
        (acme.pk, False),
        (acme.pk, True),
    ]
    assert len(selectors.feed()) == 2
    assert len(selectors.feed(namespace_ids=[acme.pk], within=other.pk)) == 1
    assert len(selectors.feed(verbs=["job.finished"])) == 0
    assert selectors.audit(acme.pk).count() == 2
