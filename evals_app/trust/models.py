"""Doubts about scores, and what came of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DisputeStatus(models.TextChoices):
    OPEN = "open", _("open")
    UPHELD = "upheld", _("upheld")
    DISMISSED = "dismissed", _("dismissed")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Dispute(models.Model):
    """Somebody says why a score is not to be believed, or the hub itself, when `against`, a run of others
    under the same recipe, gave other numbers. Open and upheld ones mark both runs."""

    run = models.ForeignKey("evals_app.Run", on_delete=models.CASCADE, related_name="disputes")
    against = models.ForeignKey(
        "evals_app.Run", on_delete=models.CASCADE, null=True, related_name="disputes_by_it"
    )
    # Nobody for those that the hub opened, and when the account is gone.
    opened_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)
    # Of automatic ones: metric, both values, and how far apart they may be.
    gaps = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=DisputeStatus.choices, default=DisputeStatus.OPEN)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    resolution = models.TextField(blank=True)
    resolved_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "against"], name="dispute_once_per_pair")]

    def __str__(self) -> str:
        return f"{self.status} about {self.run_id}"

    @property
    def is_automatic(self) -> bool:
        return self.against_id is not None

    @property
    def is_open(self) -> bool:
        return self.status == DisputeStatus.OPEN
