"""What can be run: benchmarks, which are dataset repositories with a declaration."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from evals_app.catalog import held_out
from hub.core.sealing import SealedTextField


class Benchmark(models.Model):
    """A dataset repository with a `benchmark.yaml`. It has no version until that was valid once."""

    repository = models.OneToOneField(
        "models_app.Repository", on_delete=models.CASCADE, related_name="benchmark"
    )
    title = models.CharField(max_length=200)
    # Why the newest commit's declaration was refused, with the line and the remedy; empty when it is fine.
    problem = models.TextField(blank=True)
    # What an `eval.yaml` says that only another framework can run; empty where this hub can.
    elsewhere = models.JSONField(default=dict, blank=True)
    # By the newest valid declaration: its page and its scores are for everybody, though its repository is
    # private.
    is_held_out = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.title


class Suite(models.Model):
    """A dataset repository with a `suite.yaml`: benchmarks that are measured together."""

    repository = models.OneToOneField(
        "models_app.Repository", on_delete=models.CASCADE, related_name="benchmark_suite"
    )
    title = models.CharField(max_length=200)
    # As it stood at the newest commit where it was valid; empty until then.
    declaration = models.JSONField(default=dict)
    commit = models.CharField(max_length=40, blank=True)
    problem = models.TextField(blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.title


class EndpointApi(models.TextChoices):
    CHAT = "chat", _("Chat completions")
    COMPLETIONS = "completions", _("Completions")


class ExternalEndpoint(models.Model):
    """A model behind an OpenAI-compatible address that its owner may have measured."""

    owner = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="endpoints")
    name = models.CharField(max_length=60)
    # Up to and without `/chat/completions`.
    base_url = models.CharField(max_length=2000)
    # The name the server knows it by.
    model = models.CharField(max_length=200)
    api = models.CharField(max_length=12, choices=EndpointApi.choices)
    key = SealedTextField(blank=True)
    tokenizer = models.CharField(max_length=200, blank=True)
    context = models.PositiveIntegerField()
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="endpoint_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def full_id(self) -> str:
        """Costs a query unless the owner was loaded along."""
        return f"{self.owner.name}/{self.name}"


class BenchmarkVersion(models.Model):
    """The declaration as it stood at one commit. Never changed: runs point here.

    Scores are comparable within one `version` (the number in the declaration) and one `fingerprint`
    (a hash over all that changes a score: prompts, splits, metrics, decoding, data files).

    Of a held-out benchmark `declaration` is only what everybody may know, so that whatever reads it shows
    nothing else; `withheld` has the rest of each task, by its name.
    """

    benchmark = models.ForeignKey(Benchmark, on_delete=models.CASCADE, related_name="versions")
    commit = models.CharField(max_length=40)
    version = models.CharField(max_length=32)
    fingerprint = models.CharField(max_length=64)
    declaration = models.JSONField()
    withheld = models.JSONField(default=dict, blank=True)
    is_held_out = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["benchmark", "commit"], name="benchmark_commit_once")]

    def __str__(self) -> str:
        return f"{self.version} at {self.commit[:7]}"

    def full_tasks(self) -> list[dict[str, Any]]:
        """As declared, for engines and chores. Never for a reader who may not open the repository."""
        return held_out.join(self.declaration, self.withheld)
