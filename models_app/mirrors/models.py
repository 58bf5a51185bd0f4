"""Where a repository came from, when it was pulled from another hub."""

from __future__ import annotations

from django.db import models


class RepositoryOrigin(models.Model):
    repository = models.OneToOneField(
        "models_app.Repository", on_delete=models.CASCADE, related_name="origin"
    )
    endpoint = models.URLField(max_length=300)
    source_id = models.CharField(max_length=200)
    revision = models.CharField(max_length=255)
    source_commit = models.CharField(max_length=40)
    commit = models.CharField(max_length=40, help_text="The commit here that holds what was pulled.")
    job_id = models.UUIDField(null=True)
    pulled_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.endpoint}/{self.source_id}@{self.source_commit[:7]}"
