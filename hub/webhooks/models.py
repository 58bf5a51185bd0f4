"""Webhooks: who wants to be told of what, and what was sent to them."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hub.core.sealing import SealedTextField


class WatchedType(models.TextChoices):
    MODEL = "model", _("Model")
    DATASET = "dataset", _("Dataset")
    SPACE = "space", _("Space")
    BUCKET = "bucket", _("Bucket")
    USER = "user", _("User")
    ORGANIZATION = "org", _("Organization")


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")


def new_id() -> str:
    """24 hexadecimal digits, the form that clients know."""
    return secrets.token_hex(12)


class Webhook(models.Model):
    """A person's wish to be told. `domains` holds `repo`, `discussion` or both."""

    id = models.CharField(max_length=24, primary_key=True, default=new_id)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=2000)
    domains = models.JSONField(default=list)
    secret = SealedTextField(blank=True, default="")
    is_disabled = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.url


class Watch(models.Model):
    """One thing that a webhook looks at; it need not exist yet."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="watches")
    type = models.CharField(max_length=8, choices=WatchedType.choices)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "type", "key"], name="watch_once")]
        indexes = [models.Index(fields=["type", "key"])]

    def __str__(self) -> str:
        return f"{self.type}:{self.name}"


class Delivery(models.Model):
    """One message, kept for a while with what came back, so that people can look and send it again."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    # What happened; empty for a message that a person sent again.
    event_id = models.BigIntegerField(null=True)
    payload = models.JSONField()
    state = models.CharField(max_length=9, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "event_id"], name="delivery_once")]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["webhook", "-created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.state} to {self.webhook_id}"
