from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from hub.core import clock, outgoing
from hub.webhooks import sending, services
from hub.webhooks.models import Delivery, DeliveryState
from hub.webhooks.services import Watched, Wish
from tests.factories.accounts import actor_for, make_user

PAYLOAD = {"event": {"scope": "repo", "action": "create"}}


@pytest.fixture
def webhook(db):
    wish = Wish("https://ci.example.org/x", [Watched("org", "acme")], secret="hush")
    return services.create(actor_for(make_user()), wish)


@pytest.fixture
def outside(monkeypatch):
    """The outside world: what was sent, and what it answers."""

    class Outside:
        answer = outgoing.Answer(200, "ok")

        def __init__(self):
            self.sent = []

        def post(self, url, body, headers):
            self.sent.append((url, body, headers))
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

    world = Outside()
    monkeypatch.setattr(outgoing, "post", world.post)
    return world


def due_now():
    Delivery.objects.filter(state="waiting").update(next_attempt_at=clock.now() - timedelta(seconds=1))


def test_it_sends_once_signed_and_keeps_the_answer(webhook, outside):
    assert services.add_delivery(webhook, 1, PAYLOAD)
    assert not services.add_delivery(webhook, 1, PAYLOAD)
    assert (sending.send_due(), sending.send_due()) == (1, 0)
    url, body, headers = outside.sent[0]
    assert (url, headers["X-Webhook-Secret"]) == ("https://ci.example.org/x", "hush")
    assert headers["X-Webhook-Signature"] == f"sha256={sending.signature('hush', body)}"
    delivery = webhook.deliveries.get()
    assert (delivery.state, delivery.status, delivery.answer) == ("delivered", 200, "ok")


@pytest.mark.parametrize("answer", [outgoing.Unreachable("no route"), outgoing.Answer(500, "oh")])
def test_it_tries_again_with_pauses_and_gives_up(webhook, outside, answer):
    outside.answer = answer
    services.add_delivery(webhook, 1, PAYLOAD)
    for _attempt in range(len(sending.PAUSES) + 3):
        sending.send_due()
        due_now()
    delivery = webhook.deliveries.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, len(sending.PAUSES) + 1)


def test_it_does_not_try_a_private_address_again(webhook, outside):
    outside.answer = outgoing.Refused("inside")
    services.add_delivery(webhook, 1, PAYLOAD)
    sending.send_due()
    assert webhook.deliveries.get().state == DeliveryState.FAILED


def test_one_dead_address_is_asked_once_a_run(webhook, outside):
    outside.answer = outgoing.Unreachable("no route")
    for event in range(3):
        services.add_delivery(webhook, event, PAYLOAD)
    assert sending.send_due() == 1


def test_a_disabled_webhook_waits(webhook, outside):
    actor = actor_for(webhook.owner)
    services.add_delivery(webhook, 1, PAYLOAD)
    services.set_disabled(actor, webhook, True)
    assert sending.send_due() == 0
    services.set_disabled(actor, webhook, False)
    assert sending.send_due() == 1


def test_it_sends_again_on_wish(webhook, outside):
    services.add_delivery(webhook, 1, PAYLOAD)
    sending.send_due()
    services.replay(actor_for(webhook.owner), webhook.deliveries.get())
    sending.send_due()
    assert outside.sent[0][1] == outside.sent[1][1]


def test_it_forgets_what_is_over_and_old(webhook, outside):
    services.add_delivery(webhook, 1, PAYLOAD)
    services.add_delivery(webhook, 2, PAYLOAD)
    Delivery.objects.update(created_at=clock.now() - timedelta(days=31))
    Delivery.objects.filter(event_id=1).update(state="delivered")
    assert sending.forget_old() == 1


def test_the_database_holds_no_readable_secret(webhook):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_webhook")
        assert "hush" not in cursor.fetchone()[0]
    webhook.refresh_from_db()
    assert webhook.secret == "hush"
