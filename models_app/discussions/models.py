"""Discussions of a repository: a title, a state and a list of events that is never rewritten.

A pull request is a discussion with commits of its own, on the reference `refs/pr/<number>`.
"""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

PULL_REQUEST_REFS = "refs/pr/"


class DiscussionStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    # Of pull requests alone: not offered yet, and accepted.
    DRAFT = "draft", _("Draft")
    MERGED = "merged", _("Merged")


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
    is_pull_request = models.BooleanField(default=False)
    # The branch that a pull request wants to change, by its full name, and the commit that did so.
    base = models.CharField(max_length=255, blank=True)
    merge_commit = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "number"], name="discussion_number_once")
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"

    @property
    def ref(self) -> str:
        """Where a pull request's commits are."""
        return f"{PULL_REQUEST_REFS}{self.number}"

    @property
    def is_active(self) -> bool:
        """Neither closed nor merged."""
        return self.status in {DiscussionStatus.OPEN, DiscussionStatus.DRAFT}


class DiscussionEventKind(models.TextChoices):
    COMMENT = "comment", _("Comment")
    STATUS_CHANGE = "status-change", _("Status change")
    TITLE_CHANGE = "title-change", _("Title change")
    COMMIT = "commit", _("Commit")


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
