"""Boards: which runs are compared, and the published order."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class BoardVisibility(models.TextChoices):
    PUBLIC = "public", _("Everybody")
    ORGANIZATION = "organization", _("Members of the owner")


class Leaderboard(models.Model):
    """A view over runs. One that the hub keeps by itself is about one task of a benchmark and shows its
    metrics; one that people made has the columns they chose."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    owner = models.ForeignKey("accounts.Namespace", on_delete=models.PROTECT, related_name="leaderboards")
    # Of boards that the hub keeps; empty for those that people made.
    benchmark = models.ForeignKey(
        "evals_app.Benchmark", on_delete=models.CASCADE, null=True, related_name="leaderboards"
    )
    task = models.CharField(max_length=80, blank=True)
    metric = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="leaderboards"
    )
    visibility = models.CharField(
        max_length=12, choices=BoardVisibility.choices, default=BoardVisibility.PUBLIC
    )
    # Whether models are ranked by the weighted mean of the columns instead of the first column.
    has_aggregate = models.BooleanField(default=False)
    # Found by the last refresh: the smallest gap that can be told, best results over time, who was left out.
    findings = models.JSONField(default=dict)
    entry_count = models.PositiveIntegerField(default=0)
    # How often something happened that the order should follow, and how much of it the order has followed.
    wanted = models.PositiveIntegerField(default=0)
    ranked = models.PositiveIntegerField(default=0)
    # While a worker ranks it; past when that worker was lost.
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    refreshed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/leaderboards/{self.slug}"


class LeaderboardColumn(models.Model):
    """One metric of one task, of one recipe: numbers of different recipes never share a column."""

    leaderboard = models.ForeignKey(Leaderboard, on_delete=models.CASCADE, related_name="columns")
    position = models.PositiveIntegerField()
    benchmark = models.ForeignKey("evals_app.Benchmark", on_delete=models.CASCADE, related_name="+")
    task = models.CharField(max_length=80)
    metric = models.CharField(max_length=64)
    label = models.CharField(max_length=120, blank=True)
    group = models.CharField(max_length=120, blank=True)
    weight = models.FloatField(default=1.0)
    # What the declaration and the last refresh say.
    higher_is_better = models.BooleanField(default=True)
    unit = models.CharField(max_length=24, blank=True)
    least = models.FloatField(null=True)
    most = models.FloatField(null=True)
    chance = models.FloatField(null=True)
    recipe = models.CharField(max_length=120, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["leaderboard", "benchmark", "task", "metric"], name="leaderboard_column_once"
            )
        ]
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.label or self.metric


class LeaderboardEntry(models.Model):
    """A model's place. Models that noise does not separate share `rank`; one that lacks a cell which the
    ranking needs has neither rank nor value, and stands below the others."""

    leaderboard = models.ForeignKey(Leaderboard, on_delete=models.CASCADE, related_name="entries")
    # Of the first column, or the newest there is.
    run = models.ForeignKey("evals_app.Run", on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    rank = models.PositiveIntegerField(null=True)
    value = models.FloatField(null=True)
    stderr = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    # Corrected, against the first of its rank group.
    p_value = models.FloatField(null=True)

    # Read by `selectors.with_efforts`.
    job_samples: int

    class Meta:
        constraints = [models.UniqueConstraint(fields=["leaderboard", "run"], name="leaderboard_run_once")]
        indexes = [models.Index(fields=["leaderboard", "position"])]

    def __str__(self) -> str:
        return f"{self.rank} on {self.leaderboard_id}"


class LeaderboardCell(models.Model):
    """A model's value in one column, with the run that measured it."""

    entry = models.ForeignKey(LeaderboardEntry, on_delete=models.CASCADE, related_name="cells")
    column = models.ForeignKey(LeaderboardColumn, on_delete=models.CASCADE, related_name="cells")
    run = models.ForeignKey("evals_app.Run", on_delete=models.CASCADE, related_name="+")
    value = models.FloatField()
    stderr = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "column"], name="leaderboard_cell_once")]
        indexes = [models.Index(fields=["column", "value"])]

    def __str__(self) -> str:
        return f"{self.value} in {self.column_id}"


class ChangeKind(models.TextChoices):
    ENTERED = "entered", _("entered")
    MEASURED_AGAIN = "measured-again", _("measured again")
    WITHDRAWN = "withdrawn", _("withdrawn")


class LeaderboardChange(models.Model):
    """What a refresh changed. Never rewritten; it keeps the names of what was deleted."""

    leaderboard = models.ForeignKey(Leaderboard, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=16, choices=ChangeKind.choices)
    model = models.ForeignKey("models_app.Repository", on_delete=models.SET_NULL, null=True, related_name="+")
    model_name = models.CharField(max_length=200)
    run = models.ForeignKey("evals_app.Run", on_delete=models.SET_NULL, null=True, related_name="+")
    old_value = models.FloatField(null=True)
    value = models.FloatField(null=True)
    old_rank = models.PositiveIntegerField(null=True)
    rank = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    # Whether the model was public when this was written; what became private is told to nobody else.
    is_public = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["leaderboard", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.model_name} {self.kind}"


class PairedScore(models.Model):
    """Two runs on the same samples, for one metric: `difference` is first minus second. Runs never
    change, so neither does this. `low` and `high` are filled for pairs that somebody compares."""

    first = models.ForeignKey("evals_app.Run", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey("evals_app.Run", on_delete=models.CASCADE, related_name="+")
    metric = models.CharField(max_length=64)
    difference = models.FloatField()
    p_value = models.FloatField()
    method = models.CharField(max_length=16)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second", "metric"], name="paired_score_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="paired_score_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric}: {self.first_id} against {self.second_id}"
