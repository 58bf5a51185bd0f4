"""When a job is submitted again."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Schedule(models.Model):
    """A job request repeated on a calendar. `request` is what `POST /api/v1/jobs` takes, so revisions
    are pinned anew at every submission, with the rights the submitter has then."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    owner = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="schedules")
    created_by = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="schedules")
    request = models.JSONField()
    cron = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_paused = models.BooleanField(default=False)
    next_run_at = models.DateTimeField(null=True)
    last_run_at = models.DateTimeField(null=True)
    last_job = models.ForeignKey("evals_app.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["next_run_at"], condition=Q(is_paused=False), name="schedule_due")]

    def __str__(self) -> str:
        return self.name
