"""What was made of a dataset's files: an index of `refs/convert/parquet`, which can be made again."""

from __future__ import annotations

import json
from typing import Any

from django.db import models


class ConversionState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    # Nothing could be made; `problem` says why.
    FAILED = "failed"


class Part(models.TextChoices):
    """How much of a split was converted, and why not all of it."""

    ALL = ""
    # Larger than the operator lets conversions be.
    SIZE = "size"
    FILES = "files"


class Conversion(models.Model):
    """How far a dataset has come. `head` is the commit that the splits were made of.

    While `leased_until` lies ahead, one worker is at it.
    """

    repository = models.OneToOneField(
        "models_app.Repository", on_delete=models.CASCADE, related_name="conversion"
    )
    state = models.CharField(max_length=8, choices=ConversionState.choices, default=ConversionState.WAITING)
    head = models.CharField(max_length=40, blank=True)
    # The tip of `refs/convert/parquet` that holds the splits.
    parquet_commit = models.CharField(max_length=40, blank=True)
    default_config = models.CharField(max_length=100, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    leased_until = models.DateTimeField(null=True)
    done_files = models.PositiveIntegerField(default=0)
    all_files = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.repository_id}: {self.state}"


class ConvertedSplit(models.Model):
    """One split of one configuration. `files` are `[name, sha256, size, rows]`, in the order of the rows."""

    conversion = models.ForeignKey(Conversion, on_delete=models.CASCADE, related_name="splits")
    config = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField()
    # Why there are no rows; empty where there are.
    problem = models.CharField(max_length=500, blank=True)
    part = models.CharField(max_length=8, choices=Part.choices, default=Part.ALL, blank=True)
    rows = models.BigIntegerField(default=0)
    source_bytes = models.BigIntegerField(default=0)
    parquet_bytes = models.BigIntegerField(default=0)
    memory_bytes = models.BigIntegerField(default=0)
    files = models.JSONField(default=list)
    # JSON as text: PostgreSQL's own forgets the order of columns and of the fields of a structure.
    features_json = models.TextField(default="{}")
    # The files' columns differ, and are made one when they are read.
    is_mixed = models.BooleanField(default=False)
    statistics_json = models.TextField(default="{}")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["conversion", "config", "name"], name="converted_split_once")
        ]

    def __str__(self) -> str:
        return f"{self.config}/{self.name}"

    @property
    def columns(self) -> dict[str, Any]:
        features: dict[str, Any] = json.loads(self.features_json)
        return features

    @property
    def statistics(self) -> dict[str, Any]:
        """Empty until they were computed."""
        found: dict[str, Any] = json.loads(self.statistics_json)
        return found

    @property
    def folder(self) -> str:
        """Where its files lie on the reference; a part of a split must not be taken for all of it."""
        return f"{self.config}/{'partial-' if self.is_partial else ''}{self.name}"

    @property
    def is_partial(self) -> bool:
        return self.part != Part.ALL

    @property
    def is_ready(self) -> bool:
        return not self.problem


class ConvertedFile(models.Model):
    """The result of one data file, known by its content: what stays the same is not converted again."""

    repository = models.ForeignKey(
        "models_app.Repository", on_delete=models.CASCADE, related_name="converted_files"
    )
    # Digest of the content's etag and of how it was read.
    source = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    memory_bytes = models.BigIntegerField(default=0)
    features_json = models.TextField(default="{}")
    is_partial = models.BooleanField(default=False)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "source"], name="converted_file_once")]

    def __str__(self) -> str:
        return self.source
