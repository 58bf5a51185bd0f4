"""Boards: which runs are compared, and the published order."""

from __future__ import annotations

from django.db import models


class Leaderboard(models.Model):
    """A view over the runs of one task of a benchmark, ranked by one metric."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    owner = models.ForeignKey("accounts.Namespace", on_delete=models.PROTECT, related_name="leaderboards")
    benchmark = models.ForeignKey(
        "evals_app.Benchmark", on_delete=models.CASCADE, related_name="leaderboards"
    )
    task = models.CharField(max_length=80)
    metric = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    refreshed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/leaderboards/{self.slug}"


class LeaderboardEntry(models.Model):
    """A model's place: its newest admissible run. Models that noise does not separate share `rank`."""

    leaderboard = models.ForeignKey(Leaderboard, on_delete=models.CASCADE, related_name="entries")
    run = models.ForeignKey("evals_app.Run", on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    rank = models.PositiveIntegerField()
    value = models.FloatField()
    stderr = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["leaderboard", "run"], name="leaderboard_run_once")]
        indexes = [models.Index(fields=["leaderboard", "position"])]

    def __str__(self) -> str:
        return f"{self.rank} on {self.leaderboard_id}"
