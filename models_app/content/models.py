"""Large content by hash. Rows say what exists and was verified; who may read it is asked of the
repository that links to it, never here.

Chunk lists and terms are packed bytes, not rows: a 70 GB model has 1.1 million chunks.
"""

from __future__ import annotations

from django.db import models


class LfsStorage(models.TextChoices):
    BLOB = "blob", "whole file, by its sha256"
    XET = "xet", "chunks of Xet xorbs"


class XetXorb(models.Model):
    """A stored container of up to 8,192 compressed chunks.

    `chunks` packs 40 bytes a chunk: hash (32), uncompressed length (u32), end offset in the body
    (u32), little endian. `hash` is the Xet string form.
    """

    hash = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    raw_size = models.BigIntegerField()
    chunk_count = models.PositiveIntegerField()
    chunks = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    # Clients remember for 21 days what they uploaded, so a xorb outlives its last naming by 30.
    last_named_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.hash


class XetFile(models.Model):
    """A file as an ordered list of terms, 44 bytes each: xorb hash (32), uncompressed bytes (u32),
    first chunk (u32), end chunk (u32), little endian. Its sha256 was compared before the row was made.
    """

    file_id = models.CharField(max_length=64, primary_key=True)
    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    terms = models.BinaryField()
    verified_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.file_id


class XetFileXorb(models.Model):
    """Which xorbs a file needs; garbage collection reads it."""

    file = models.ForeignKey(XetFile, on_delete=models.CASCADE, related_name="xorb_links")
    xorb = models.ForeignKey(XetXorb, on_delete=models.PROTECT, related_name="file_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "xorb"], name="xet_file_xorb_once")]

    def __str__(self) -> str:
        return f"{self.file_id} needs {self.xorb_id}"


class XetEligibleChunk(models.Model):
    """A chunk that clients ask about before they send what follows it, and a xorb that holds it."""

    chunk = models.CharField(max_length=64)
    xorb = models.ForeignKey(XetXorb, on_delete=models.CASCADE, related_name="eligible_chunks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chunk", "xorb"], name="xet_eligible_chunk_once")]

    def __str__(self) -> str:
        return self.chunk


class LfsObject(models.Model):
    """A verified large file: its bytes exist, under `sha256` or as a Xet file."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    storage = models.CharField(max_length=4, choices=LfsStorage.choices)
    xet_file = models.ForeignKey(XetFile, on_delete=models.PROTECT, null=True, related_name="lfs_objects")
    verified_at = models.DateTimeField(auto_now_add=True)
    # Since when no repository links to it, as the sweep found it; it is deleted after a grace time.
    unused_since = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(storage="xet") | models.Q(xet_file__isnull=False),
                name="lfs_xet_names_its_file",
            ),
        ]

    def __str__(self) -> str:
        return self.sha256
