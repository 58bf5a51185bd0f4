"""Sends what waits: signed, a bounded number of times, with growing pauses."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import timedelta

from hub.core import clock, outgoing
from hub.webhooks.models import Delivery, DeliveryState, Webhook

# Pauses after the first, second, … failure; after the last one the delivery has failed.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)
# While one process sends, no other takes the same delivery; one that died gives it back after this.
CLAIM = timedelta(minutes=2)
BATCH = 100
RUN_SECONDS = 60.0
KEPT = timedelta(days=30)
ANSWER_KEPT = 2_000
AGENT = "llmos-hub-webhook/1"


def send_due() -> int:
    """Send deliveries that are due, oldest first, for about a minute; returns how many were tried.

    Each is claimed first, so that several workers share the queue. A webhook whose address failed
    waits with its other messages until the next run: one dead address must not hold up the rest.
    """
    ends = time.monotonic() + RUN_SECONDS
    tried, dead = 0, set[str]()
    due = Delivery.objects.filter(
        state=DeliveryState.WAITING,
        next_attempt_at__lte=clock.now(),
        webhook__is_disabled=False,
        webhook__owner__is_active=True,
    )
    for delivery in due.select_related("webhook").order_by("next_attempt_at", "pk")[:BATCH]:
        if time.monotonic() > ends:
            break
        if delivery.webhook_id in dead or not _claim(delivery):
            continue
        tried += 1
        if not send(delivery):
            dead.add(delivery.webhook_id)
    return tried


def forget_old() -> int:
    """Drop deliveries that are over and older than 30 days; returns how many."""
    over = Delivery.objects.exclude(state=DeliveryState.WAITING).filter(created_at__lt=clock.now() - KEPT)
    return over.delete()[0]


def send(delivery: Delivery) -> bool:
    """One attempt, noted on the delivery; True when the other side said yes (2xx)."""
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    delivery.attempts += 1
    try:
        answer = outgoing.post(delivery.webhook.url, body, headers(delivery.webhook, delivery, body))
    except outgoing.Refused as refused:
        # Trying again would find the same private address.
        return _note(delivery, None, refused.message, again=False)
    except outgoing.Unreachable as problem:
        return _note(delivery, None, str(problem), again=True)
    return _note(delivery, answer.status, answer.text, again=answer.status != 410)


def headers(webhook: Webhook, delivery: Delivery, body: bytes) -> dict[str, str]:
    """`X-Webhook-Signature` proves that the body came unchanged from who knows the secret."""
    sent = {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "X-Webhook-Delivery": str(delivery.pk),
    }
    if webhook.secret:
        sent["X-Webhook-Secret"] = webhook.secret
        sent["X-Webhook-Signature"] = f"sha256={signature(webhook.secret, body)}"
    return sent


def signature(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _claim(delivery: Delivery) -> bool:
    """Only one of several processes moves the date on from where it was read."""
    rows = Delivery.objects.filter(
        pk=delivery.pk, state=DeliveryState.WAITING, next_attempt_at=delivery.next_attempt_at
    )
    return bool(rows.update(next_attempt_at=clock.now() + CLAIM))


def _note(delivery: Delivery, status: int | None, text: str, *, again: bool) -> bool:
    delivered = status is not None and 200 <= status < 300
    delivery.status = status
    delivery.answer = text.replace("\0", "")[:ANSWER_KEPT]
    retries = not delivered and again and delivery.attempts <= len(PAUSES)
    if retries:
        delivery.next_attempt_at = clock.now() + PAUSES[delivery.attempts - 1]
    else:
        delivery.state = DeliveryState.DELIVERED if delivered else DeliveryState.FAILED
        delivery.finished_at = clock.now()
        delivery.next_attempt_at = None
    delivery.save(update_fields=["attempts", "status", "answer", "state", "finished_at", "next_attempt_at"])
    return delivered
