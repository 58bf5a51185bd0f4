"""The last change of each path: an index of history that git can rebuild."""

from __future__ import annotations

from django.db import models


class PathChange(models.Model):
    """The newest commit of the default branch that changed an entry of a folder.

    `seq` grows along the default branch; folders carry the newest change below them.
    """

    repository = models.ForeignKey("models_app.Repository", on_delete=models.CASCADE, related_name="+")
    parent = models.CharField(
        max_length=1024, blank=True, help_text="Folder path without slashes at the ends."
    )
    name = models.CharField(max_length=255)
    seq = models.PositiveIntegerField()
    commit = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "parent", "name"], name="path_change_once")
        ]

    def __str__(self) -> str:
        return f"{self.parent}/{self.name} at {self.commit[:7]}"
