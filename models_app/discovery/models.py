"""What people do with repositories: likes and downloads."""

from __future__ import annotations

from django.db import models


class Like(models.Model):
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="likes")
    repository = models.ForeignKey(
        "models_app.Repository", on_delete=models.CASCADE, related_name="like_rows"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "repository"], name="like_once")]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.repository_id}"


class DownloadDay(models.Model):
    repository = models.ForeignKey(
        "models_app.Repository", on_delete=models.CASCADE, related_name="download_days"
    )
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "day"], name="download_day_once")]

    def __str__(self) -> str:
        return f"{self.count} on {self.day}"
