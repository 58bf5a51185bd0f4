"""The life of a request for work. The row is the truth; messages on a queue only wake workers."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hub.core.sealing import SealedTextField


class JobKind(models.TextChoices):
    EVALUATE = "evaluate", _("Evaluation")
    FINE_TUNE = "fine-tune", _("Fine-tuning")
    PULL = "pull", _("Pull")
    CONTAINER = "container", _("Container")


class JobState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Job(models.Model):
    """One request. `spec` is what the engine gets, every revision pinned to a commit at submission.

    While RUNNING, `lease` (a random text) names the supervisor that holds the job, and
    `lease_until` the moment it is lost without a heartbeat. Every write of a supervisor is
    conditional on its lease, so that one which lost the job cannot touch it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=JobKind.choices)
    title = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    owner = models.ForeignKey("accounts.Namespace", on_delete=models.PROTECT, related_name="jobs")
    submitted_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="jobs")
    queue = models.ForeignKey("evals_app.Queue", on_delete=models.PROTECT, related_name="jobs")
    is_private = models.BooleanField(default=False)
    # On a benchmark that holds its items out: the row is what everybody may know, a WithheldRecord the rest.
    is_held_out = models.BooleanField(default=False)
    priority = models.SmallIntegerField(default=0)
    spec = models.JSONField()
    # Repositories the job reads or writes, as `type:namespace/name`: what its token is limited to.
    reads = models.JSONField(default=list)
    writes = models.JSONField(default=list)
    schedule_id = models.UUIDField(null=True, db_index=True)
    rerun_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="reruns")

    attempt = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    time_limit_seconds = models.PositiveIntegerField()
    # What one machine must have for it: devices, and memory of each.
    needs_devices = models.PositiveSmallIntegerField(default=1)
    needs_memory_bytes = models.PositiveBigIntegerField(default=0)
    # After a failed attempt it waits until then.
    not_before = models.DateTimeField(null=True)
    lease = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    # False until a worker that took it over the network was heard from since: it may not know that it did.
    lease_is_confirmed = models.BooleanField(default=True)
    worker = models.ForeignKey("evals_app.Worker", on_delete=models.SET_NULL, null=True, related_name="jobs")
    cancel_requested_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")

    # 0 to 1, or empty while unknown; what the engine last said it does.
    progress = models.FloatField(null=True)
    progress_text = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict, blank=True)
    environment = models.JSONField(default=dict, blank=True)
    # A name from jobs.failures and a sentence for people.
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    exit_code = models.IntegerField(null=True)
    # The highest number among the events of this attempt: a repeated report is not counted twice.
    events_heard = models.PositiveBigIntegerField(default=0)
    # Characters of log kept so far, over all attempts.
    log_length = models.PositiveIntegerField(default=0)

    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # Wall time on a device, over all attempts, in seconds.
    compute_seconds = models.FloatField(default=0.0)
    # What the machine used for it, and how that is known (jobs.accounting); empty while nobody looked.
    energy_joules = models.FloatField(null=True)
    energy_basis = models.CharField(max_length=10, blank=True)
    # Device time at the queue's price; empty for a queue without one.
    cost = models.DecimalField(max_digits=16, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, blank=True)
    # What its submitter calls it by; `name` is the name that command lines show.
    labels = models.JSONField(default=dict, blank=True)
    # Values by name, as JSON, of the submitter alone: only the worker that holds the job gets them.
    secrets = SealedTextField(blank=True, default="")
    # How far the start of this attempt moved its owner's turn; corrected by what the attempt really took.
    turn_charge = models.FloatField(default=0.0)

    class Meta:
        indexes = [
            # Not a partial one: SQLite uses those only for a state that stands in the text of the query.
            # What a job needs stands at its end: an owner's jobs that do not fit a machine are passed without
            # a look at their rows.
            models.Index(
                fields=[
                    *("state", "queue", "owner", "-priority", "queued_at", "id"),
                    *("needs_devices", "needs_memory_bytes"),
                ],
                name="job_turn",
            ),
            # Those that run: a few among all. Both databases see that `lease_until < …` needs no other rows.
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="job_leased"),
            models.Index(fields=["owner", "-created_at"], name="job_of_owner"),
            models.Index(fields=["-created_at"], name="job_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/jobs/{self.id}"


class JobTransition(models.Model):
    """Each move of a job, in order: the history that its page shows."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="transitions")
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10, choices=JobState.choices)
    reason = models.CharField(max_length=300, blank=True)
    attempt = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["job", "id"])]

    def __str__(self) -> str:
        return f"{self.from_state} to {self.to_state}"


class LogChunk(models.Model):
    """A few lines of a log; readers follow by `id`."""

    attempt = models.PositiveSmallIntegerField()
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.text[:80]


class JobLogChunk(LogChunk):
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="log_chunks")

    class Meta:
        indexes = [models.Index(fields=["job", "id"])]


class WithheldRecord(models.Model):
    """What a job on a held-out benchmark keeps for the benchmark's owner: the rest of its order (prompts and
    the like, and where the answers go), of its result, and of what was said of a failure."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="withheld")
    benchmark = models.ForeignKey(
        "evals_app.Benchmark", on_delete=models.PROTECT, related_name="withheld_records"
    )
    order = models.JSONField()
    result = models.JSONField(default=dict, blank=True)
    error_message = models.TextField(blank=True)
    log_length = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"withheld of {self.job_id}"


class WithheldLogChunk(LogChunk):
    record = models.ForeignKey(WithheldRecord, on_delete=models.CASCADE, related_name="log_chunks")

    class Meta:
        indexes = [models.Index(fields=["record", "id"])]


class JobMetric(models.Model):
    """A value that the engine reported on its way (loss, learning rate, samples per second)."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="metrics")
    name = models.CharField(max_length=64)
    step = models.PositiveIntegerField()
    value = models.FloatField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        # A resumed attempt reports some steps again; the newest value stays.
        constraints = [models.UniqueConstraint(fields=["job", "name", "step"], name="job_metric_once")]

    def __str__(self) -> str:
        return f"{self.name}={self.value} at {self.step}"
