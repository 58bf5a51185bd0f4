"""What cards say of their models, and what was published from here to cards."""

from __future__ import annotations

from django.db import models


class Claim(models.Model):
    """One result as a model's card has it at its newest commit. With `run`, it is one of ours that came
    there by a pull request: then it is no claim, but a published measurement."""

    model = models.ForeignKey("models_app.Repository", on_delete=models.CASCADE, related_name="claims")
    commit = models.CharField(max_length=40)
    file = models.CharField(max_length=400, blank=True)
    source_url = models.CharField(max_length=500, blank=True)
    # As given.
    dataset = models.CharField(max_length=80, blank=True)
    task = models.CharField(max_length=80, blank=True)
    metric = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=40)
    value = models.FloatField(null=True)
    # What it is about on this hub, where the names tell; `scaled` is the value on that metric's scale.
    benchmark = models.ForeignKey(
        "evals_app.Benchmark", on_delete=models.SET_NULL, null=True, related_name="claims"
    )
    matched_task = models.CharField(max_length=80, blank=True)
    matched_metric = models.CharField(max_length=64, blank=True)
    scaled = models.FloatField(null=True)
    run = models.ForeignKey("evals_app.Run", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["benchmark", "matched_task", "matched_metric"], name="claim_about"),
            models.Index(fields=["dataset"], name="claim_as_named"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} {self.metric} {self.text}"


class Publication(models.Model):
    """A pull request that brings a run's score to the card of its model; each run has one at a time."""

    run = models.OneToOneField("evals_app.Run", on_delete=models.CASCADE, related_name="publication")
    discussion = models.ForeignKey(
        "models_app.Discussion", on_delete=models.CASCADE, null=True, related_name="+"
    )
    published_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.run_id} by #{self.discussion_id}"
