"""Hardware: queues by device class, and the workers that serve them."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeviceClass(models.TextChoices):
    CPU = "cpu", _("CPU")
    GPU = "gpu", _("GPU")


class Queue(models.Model):
    """Where jobs wait. Its slug is the name of the Celery queue that wakes its workers."""

    slug = models.SlugField(max_length=40, unique=True)
    device_class = models.CharField(max_length=8, choices=DeviceClass.choices)
    description = models.CharField(max_length=200, blank=True)
    is_paused = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.slug


class Worker(models.Model):
    """A supervisor process and what it has. Rows live on after it, for the record."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    host = models.CharField(max_length=120)
    queues = models.JSONField(default=list)
    # One dictionary a device: kind, name, memory_bytes, count.
    devices = models.JSONField(default=list)
    versions = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name
