"""What happened: one row for each act, written in the transaction of the act itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Event(models.Model):
    """Who did what to which thing.

    Audit trail, feeds and whatever else reacts read these rows. `delivered_at` is empty until
    the subscribers were told; a sweep finds rows whose process died in between.
    """

    verb = models.CharField(max_length=40, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    actor_name = models.CharField(max_length=96, blank=True)
    namespace = models.ForeignKey(
        "accounts.Namespace", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    thing_kind = models.CharField(max_length=24)
    thing_id = models.CharField(max_length=64)
    thing_name = models.CharField(max_length=200)
    thing_url = models.CharField(max_length=400, blank=True)
    is_public = models.BooleanField(default=False)
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["namespace", "-created_at"]),
            models.Index(fields=["thing_kind", "thing_id", "-created_at"]),
            # The sweep looks only at what is left.
            models.Index(fields=["created_at"], condition=Q(delivered_at=None), name="event_undelivered"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.thing_name}"
