"""What was measured. A run is written once and never changed, but for the state that others give it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScoreState(models.TextChoices):
    """How far a number may be believed. What a card says is claimed, and no run."""

    MEASURED = "measured", _("measured here")
    REPRODUCED = "reproduced", _("reproduced")
    DISPUTED = "disputed", _("disputed")


# No name on this hub holds a colon.
EXTERNAL = "external:"


class Run(models.Model):
    """One model revision measured on one task of one benchmark version."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.ForeignKey("evals_app.Job", on_delete=models.PROTECT, related_name="runs")
    owner = models.ForeignKey("accounts.Namespace", on_delete=models.PROTECT, related_name="runs")
    submitted_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="runs")
    # A deletion leaves a trace: the row keeps the names.
    model = models.ForeignKey(
        "models_app.Repository", on_delete=models.SET_NULL, null=True, related_name="runs"
    )
    model_name = models.CharField(max_length=200)
    model_commit = models.CharField(max_length=40)
    # A model behind another address: it has no commit, and nobody can say that it stayed the same.
    is_external = models.BooleanField(default=False)
    benchmark_version = models.ForeignKey(
        "evals_app.BenchmarkVersion", on_delete=models.PROTECT, related_name="runs"
    )
    benchmark_name = models.CharField(max_length=200)
    dataset_commit = models.CharField(max_length=40)
    task = models.CharField(max_length=80)
    harness = models.CharField(max_length=40)
    harness_version = models.CharField(max_length=40)
    task_version = models.CharField(max_length=32)
    settings = models.JSONField(default=dict)
    seeds = models.JSONField(default=dict)
    hardware = models.JSONField(default=dict)
    environment = models.JSONField(default=dict)
    # What was loaded: architecture, tokenizer and its hash, base of an adapter, chat template, and the
    # hashes of the template and of all prompts.
    provenance = models.JSONField(default=dict)
    sample_count = models.PositiveIntegerField()
    # Set when only the first samples were taken; such a run never enters a leaderboard.
    sample_limit = models.PositiveIntegerField(null=True)
    duration_seconds = models.FloatField()
    # Where the per-sample outputs lie: a dataset repository, the commit and the file in it.
    samples_repository = models.CharField(max_length=200, blank=True)
    samples_commit = models.CharField(max_length=40, blank=True)
    samples_path = models.CharField(max_length=400, blank=True)
    is_private = models.BooleanField(default=False)
    # What others found since, and the only thing that changes: `trust` keeps it.
    state = models.CharField(max_length=10, choices=ScoreState.choices, default=ScoreState.MEASURED)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "task"], name="run_once_per_job_and_task")]
        indexes = [
            models.Index(fields=["benchmark_version", "task"]),
            models.Index(fields=["model", "-created_at"]),
            models.Index(fields=["-created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.model_name} on {self.benchmark_name}/{self.task}"

    @property
    def entrant(self) -> str:
        """What pages and forms call the measured model: its present name, or, behind another address, its
        name there with a mark, since a model here may be called the same."""
        if self.is_external:
            return f"{EXTERNAL}{self.model_name}"
        return self.model.full_id if self.model is not None else self.model_name

    def get_absolute_url(self) -> str:
        return f"/runs/{self.id}"

    @property
    def is_held_out(self) -> bool:
        """Items and answers are for the benchmark's owner alone. A query unless the version was loaded."""
        return self.benchmark_version.is_held_out


class RunValue(models.Model):
    """One metric of a run. `stderr` is empty where no standard error is defined."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="values")
    metric = models.CharField(max_length=64)
    value = models.FloatField()
    stderr = models.FloatField(null=True)
    higher_is_better = models.BooleanField()
    unit = models.CharField(max_length=24, blank=True)
    # How it was computed, where a signature exists (sacreBLEU's, say).
    signature = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "metric"], name="run_value_once")]

    def __str__(self) -> str:
        return f"{self.metric} = {self.value}"


class SampleScores(models.Model):
    """What the samples of a run gave for one metric, so that models can be compared on the same samples.

    `data` holds one row of statistics a sample, column by column, as `runs.packing` packs them; `order`
    is a hash over what was asked, in order, so that only answers to the same questions are paired.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="sample_scores")
    metric = models.CharField(max_length=64)
    sample_count = models.PositiveIntegerField()
    order = models.CharField(max_length=64)
    data = models.BinaryField()
    # The bootstrap interval of the value, 95 %.
    low = models.FloatField()
    high = models.FloatField()
    # What guessing would give, where answers are chosen from a list.
    chance = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "metric"], name="sample_scores_once")]

    def __str__(self) -> str:
        return f"{self.metric} of {self.sample_count} samples"
