"""Collections: chosen repositories, papers and other collections, in an order, with notes."""

from __future__ import annotations

import re
import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hub.accounts.models import Namespace


class Theme(models.TextChoices):
    ORANGE = "orange", _("Orange")
    BLUE = "blue", _("Blue")
    GREEN = "green", _("Green")
    PURPLE = "purple", _("Purple")
    PINK = "pink", _("Pink")
    INDIGO = "indigo", _("Indigo")


class ItemType(models.TextChoices):
    MODEL = "model", _("Model")
    DATASET = "dataset", _("Dataset")
    PAPER = "paper", _("Paper")
    COLLECTION = "collection", _("Collection")


def new_id() -> str:
    """24 hexadecimal digits, the form that clients know."""
    return secrets.token_hex(12)


class Collection(models.Model):
    id = models.CharField(max_length=24, primary_key=True, default=new_id)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="collections")
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    is_private = models.BooleanField(default=False)
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.BLUE)
    position = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "title"], name="collection_title_once"),
        ]
        indexes = [
            models.Index(fields=["-updated_at", "-id"]),
            models.Index(fields=["namespace", "position"]),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def slug(self) -> str:
        """`namespace/title-id`. Only the id at its end is looked up, so older titles keep working."""
        words = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")[:60].strip("-")
        return f"{self.namespace.name}/{words}-{self.pk}" if words else f"{self.namespace.name}/{self.pk}"

    def get_absolute_url(self) -> str:
        return f"/collections/{self.slug}"


class CollectionItem(models.Model):
    """Exactly one of repository, target and paper is set; `type` says which."""

    id = models.CharField(max_length=24, primary_key=True, default=new_id)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    type = models.CharField(max_length=10, choices=ItemType.choices)
    repository = models.ForeignKey(
        "models_app.Repository", on_delete=models.CASCADE, null=True, related_name="+"
    )
    target = models.ForeignKey(Collection, on_delete=models.CASCADE, null=True, related_name="+")
    paper = models.CharField(max_length=16, blank=True)
    note = models.CharField(max_length=500, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["collection", "repository"], name="collected_repository_once"),
            models.UniqueConstraint(fields=["collection", "target"], name="collected_collection_once"),
            models.UniqueConstraint(
                fields=["collection", "paper"], condition=~Q(paper=""), name="collected_paper_once"
            ),
        ]
        indexes = [models.Index(fields=["collection", "position"])]

    def __str__(self) -> str:
        return f"{self.type} in {self.collection_id}"
