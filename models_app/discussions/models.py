"""Discussions of a repository: a title, a state and a list of events that is never rewritten."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _


class DiscussionStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


def new_event_id() -> str:
    """24 hexadecimal digits, the form that clients keep in lower case."""
    return secrets.token_hex(12)


class Discussion(models.Model):
    repository = models.ForeignKey(
        "models_app.Repository", on_delete=models.CASCADE, related_name="discussions"
    )
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    status = models.CharField(max_length=8, choices=DiscussionStatus.choices, default=DiscussionStatus.OPEN)
    author = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "number"], name="discussion_number_once")
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"


class DiscussionEventKind(models.TextChoices):
    COMMENT = "comment", _("Comment")
    STATUS_CHANGE = "status-change", _("Status change")
    TITLE_CHANGE = "title-change", _("Title change")


class DiscussionEvent(models.Model):
    id = models.CharField(max_length=24, primary_key=True, default=new_event_id)
    discussion = models.ForeignKey(Discussion, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16, choices=DiscussionEventKind.choices)
    author = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["discussion", "created_at"])]

    def __str__(self) -> str:
        return f"{self.kind} in {self.discussion_id}"
