"""When a job is submitted again, and what came of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hub.core.sealing import SealedTextField


class Trigger(models.TextChoices):
    CALENDAR = "calendar", _("on a calendar")
    REVISION = "revision", _("on a new revision")
    BENCHMARK = "benchmark", _("on a new version of the benchmark")


class MissedRuns(models.TextChoices):
    """What becomes of dates that passed while the hub was down."""

    SKIP = "skip", _("leave them out")
    ONCE = "once", _("run once")
    ALL = "all", _("run each, the last ten at most")


class Telling(models.TextChoices):
    ALWAYS = "always", _("results and failures")
    FAILURES = "failures", _("failures")
    NEVER = "never", _("nothing")


class Suspension(models.TextChoices):
    """Why the hub itself paused a schedule; empty when a person did."""

    CREATOR_LEFT = "creator-left", _("Its creator may no longer submit jobs for the owner.")
    NEVER_AGAIN = "never-again", _("Its calendar never comes again.")
    NOTHING_TO_WATCH = "nothing-to-watch", _("What it watched is gone or may no longer be read.")


class Schedule(models.Model):
    """A job request repeated on a calendar or after an event. `request` is what `POST /api/v1/jobs` takes,
    so revisions are pinned anew at every submission, with the rights its creator has then.

    `next_run_at` is empty while nothing is due: a schedule that waits for an event gets it from the event.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    owner = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="schedules")
    created_by = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="schedules")
    request = models.JSONField()
    # Values by name, as JSON, of its creator alone, for containers.
    secrets = SealedTextField(blank=True, default="")
    trigger = models.CharField(max_length=10, choices=Trigger.choices, default=Trigger.CALENDAR)
    cron = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    missed_runs = models.CharField(max_length=5, choices=MissedRuns.choices, default=MissedRuns.ONCE)
    # The repository whose commits set it off, and for a benchmark the fingerprint that was seen last.
    watched = models.ForeignKey(
        "models_app.Repository", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    seen_fingerprint = models.CharField(max_length=64, blank=True)
    # Commits that come within this time of each other count as one.
    debounce_seconds = models.PositiveIntegerField(default=300)
    pending_since = models.DateTimeField(null=True)
    pending_events = models.PositiveIntegerField(default=0)
    # Whether a run may begin while the one before still waits or runs.
    allow_overlap = models.BooleanField(default=False)
    tell = models.CharField(max_length=8, choices=Telling.choices, default=Telling.FAILURES)
    is_paused = models.BooleanField(default=False)
    suspension = models.CharField(max_length=20, choices=Suspension.choices, blank=True)
    next_run_at = models.DateTimeField(null=True)
    last_run_at = models.DateTimeField(null=True)
    last_job = models.ForeignKey("evals_app.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_run_at"], condition=Q(is_paused=False), name="schedule_due"),
            models.Index(fields=["watched"], condition=Q(is_paused=False), name="schedule_watching"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/schedules/{self.id}"


class RunOutcome(models.TextChoices):
    SUBMITTED = "submitted", _("Submitted")
    REFUSED = "refused", _("Refused")
    SKIPPED = "skipped", _("Left out")


class ScheduleRun(models.Model):
    """One time that a schedule came round."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="runs")
    # One of Trigger, or `hand` when a person asked for it.
    cause = models.CharField(max_length=10)
    due_at = models.DateTimeField()
    at = models.DateTimeField(auto_now_add=True)
    outcome = models.CharField(max_length=10, choices=RunOutcome.choices)
    # Commits or dates that this run stands for.
    events = models.PositiveIntegerField(default=1)
    job = models.ForeignKey("evals_app.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["schedule", "-id"])]

    def __str__(self) -> str:
        return f"{self.outcome} at {self.due_at}"
