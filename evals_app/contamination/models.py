"""How much of a benchmark stands in data that models were trained on."""

from __future__ import annotations

from django.db import models


class CheckState(models.TextChoices):
    WAITING = "waiting"
    DONE = "done"
    # It cannot be said; `problem` tells why.
    FAILED = "failed"


class OverlapCheck(models.Model):
    """The items of one task, as one benchmark version has them, looked for in one dataset at one commit.

    While `leased_until` lies ahead, one worker is at it.
    """

    benchmark_version = models.ForeignKey(
        "evals_app.BenchmarkVersion", on_delete=models.CASCADE, related_name="overlap_checks"
    )
    fingerprint = models.CharField(max_length=64)
    task = models.CharField(max_length=80)
    dataset = models.ForeignKey(
        "models_app.Repository", on_delete=models.CASCADE, related_name="overlap_checks"
    )
    dataset_commit = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=CheckState.choices, default=CheckState.WAITING)
    problem = models.CharField(max_length=300, blank=True)
    method = models.CharField(max_length=40, blank=True)
    items = models.PositiveIntegerField(default=0)
    # Too short to tell whether a match means anything.
    short_items = models.PositiveIntegerField(default=0)
    found_items = models.PositiveIntegerField(default=0)
    # Numbers of rows of the benchmark's file that were found, the first few.
    found_rows = models.JSONField(default=list)
    # Not all of the dataset could be read; what was found is a lower bound.
    is_partial = models.BooleanField(default=False)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint", "task", "dataset", "dataset_commit"], name="overlap_check_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["state", "created_at"], condition=models.Q(state="waiting"), name="overlap_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.task} in {self.dataset_id}: {self.found_items} of {self.items}"

    @property
    def share(self) -> float | None:
        """Of the items long enough to judge; None before the check and when there are none."""
        judged = self.items - self.short_items
        return self.found_items / judged if self.state == CheckState.DONE and judged else None


class Exposure(models.Model):
    """A model that learned from the dataset of a check: itself, or one that it descends from."""

    model = models.ForeignKey("models_app.Repository", on_delete=models.CASCADE, related_name="exposures")
    check_row = models.ForeignKey(OverlapCheck, on_delete=models.CASCADE, related_name="exposures")
    # The ancestor whose card names the dataset; empty when the model's own does.
    through = models.ForeignKey(
        "models_app.Repository", on_delete=models.CASCADE, null=True, related_name="+"
    )
    # How many steps of fine-tuning lie between.
    distance = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "check_row"], name="exposure_once")]

    def __str__(self) -> str:
        return f"{self.model_id} by {self.check_row_id}"
