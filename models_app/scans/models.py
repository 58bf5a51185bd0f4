"""What was found in files that may run code when they are loaded. Rows speak of bytes, not of places."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    INNOCUOUS = "innocuous", _("Only known harmless imports")
    SUSPICIOUS = "suspicious", _("Imports that are not known to be harmless")
    DANGEROUS = "dangerous", _("Imports that can do harm")
    UNREADABLE = "unreadable", _("Could not be checked")


class PickleScan(models.Model):
    """One file's bytes, by the name that `Content.etag` gives them. `imports` are triples of module, name
    and level, the worst first."""

    etag = models.CharField(max_length=64, primary_key=True)
    level = models.CharField(max_length=10, choices=Level.choices)
    imports = models.JSONField(default=list)
    scanner = models.CharField(max_length=64)
    scanned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.etag}: {self.level}"
