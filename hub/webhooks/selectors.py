"""Reads of webhooks and of what was sent."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from hub.accounts.models import User
from hub.core.errors import NotFound
from hub.webhooks.models import Delivery, Webhook


def webhooks_of(user: User) -> QuerySet[Webhook]:
    """The person's own, oldest first, with what they watch. Two queries."""
    return user.webhooks.prefetch_related("watches").order_by("created_at", "pk")


def get(user: User, webhook_id: str) -> Webhook:
    """NotFound for a webhook that is somebody else's."""
    webhook = webhooks_of(user).filter(pk=webhook_id.lower()).first()
    if webhook is None:
        raise NotFound("There is no such webhook.")
    return webhook


def deliveries_of(webhook: Webhook) -> QuerySet[Delivery]:
    """Newest first."""
    return webhook.deliveries.order_by("-created_at", "-pk")


def get_delivery(webhook: Webhook, delivery_id: int) -> Delivery:
    delivery = webhook.deliveries.filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound("There is no such delivery.")
    delivery.webhook = webhook
    return delivery


def watching(places: Collection[tuple[str, str]], domain: str) -> list[Webhook]:
    """Enabled webhooks of active people that look at one of the (type, name) pairs. One query."""
    wanted = Q(pk__in=[])
    for type_, name in places:
        wanted |= Q(watches__type=type_, watches__key=name.lower())
    rows = Webhook.objects.filter(wanted, is_disabled=False, owner__is_active=True)
    found = rows.select_related("owner__namespace").distinct().order_by("pk")
    # A list inside JSON cannot be asked for on every database.
    return [webhook for webhook in found if domain in webhook.domains]
