"""Repositories: names, visibility, what their cards say (columns that lists filter by), links to
large files. Git is the truth about content; `head`, sizes and card columns are an index of it that
`commits.services.reindex` rebuilds.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from hub.accounts.models import Namespace


class RepositoryType(models.TextChoices):
    MODEL = "model", _("Model")
    DATASET = "dataset", _("Dataset")

    @property
    def plural(self) -> str:
        return f"{self.value}s"

    @property
    def url_prefix(self) -> str:
        """Models live at the root of the site, the other types below their plural."""
        return "" if self is RepositoryType.MODEL else f"/{self.plural}"


class Visibility(models.TextChoices):
    PUBLIC = "public", _("Public")
    PRIVATE = "private", _("Private")


class Gating(models.TextChoices):
    """How people who are no members come to the files of a repository that they see."""

    OPEN = "", _("Open to all who see it")
    AUTO = "auto", _("Whoever asks is let in")
    MANUAL = "manual", _("An administrator decides about each")


class AccessStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")


def default_protection() -> list[str]:
    return ["main"]


def new_storage_id() -> str:
    return uuid.uuid4().hex


class Repository(models.Model):
    type = models.CharField(max_length=8, choices=RepositoryType.choices)
    namespace = models.ForeignKey(Namespace, on_delete=models.PROTECT, related_name="repositories")
    name = models.CharField(max_length=96)
    key = models.CharField(max_length=96, editable=False)
    # Names the folder on disk; a rename or transfer moves no file.
    storage_id = models.CharField(max_length=32, unique=True, default=new_storage_id, editable=False)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.PUBLIC)
    gating = models.CharField(max_length=8, choices=Gating.choices, default=Gating.OPEN, blank=True)
    is_disabled = models.BooleanField(default=False)
    # Names and patterns, see `ref_rules.is_protected`.
    protected_branches = models.JSONField(default=default_protection, blank=True)
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()
    # Index of the default branch.
    head = models.CharField(max_length=40, blank=True)
    commit_count = models.PositiveIntegerField(default=0)
    used_bytes = models.BigIntegerField(default=0)
    # Real sizes of the files at `head`, once for each place; None until counted.
    main_bytes = models.BigIntegerField(null=True)
    card_data = models.JSONField(default=dict, blank=True)
    title = models.CharField(max_length=200, blank=True)
    summary = models.TextField(blank=True)
    task = models.CharField(max_length=64, blank=True)
    library = models.CharField(max_length=64, blank=True)
    licence = models.CharField(max_length=64, blank=True)
    parameters = models.BigIntegerField(null=True)
    # {"dtype": count} from safetensors headers.
    parameters_by_dtype = models.JSONField(default=dict, blank=True)
    config = models.JSONField(default=dict, blank=True)
    # What other files say, for those who ask: `gguf`, `mask_token`, `evaluations`, `citation`.
    file_facts = models.JSONField(default=dict, blank=True)
    # Counters.
    downloads = models.BigIntegerField(default=0)
    downloads_all_time = models.BigIntegerField(default=0)
    likes = models.PositiveIntegerField(default=0)
    recent_likes = models.PositiveIntegerField(default=0)
    trending = models.FloatField(default=0.0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["type", "namespace", "key"], name="repository_name_unique"),
            models.CheckConstraint(condition=Q(key=Lower("name")), name="repository_key_is_lower_name"),
        ]
        indexes = [
            models.Index(
                fields=["type", "-updated_at", "-id"],
                condition=Q(visibility="public"),
                name="repo_public_updated",
            ),
            models.Index(
                fields=["type", "-created_at", "-id"],
                condition=Q(visibility="public"),
                name="repo_public_created",
            ),
            models.Index(
                fields=["type", "-downloads", "-id"],
                condition=Q(visibility="public"),
                name="repo_public_downloads",
            ),
            models.Index(
                fields=["type", "-likes", "-id"], condition=Q(visibility="public"), name="repo_public_likes"
            ),
            models.Index(
                fields=["type", "-trending", "-id"],
                condition=Q(visibility="public"),
                name="repo_public_trending",
            ),
            models.Index(
                fields=["type", "-recent_likes", "-id"],
                condition=Q(visibility="public"),
                name="repo_public_recent_likes",
            ),
            models.Index(
                fields=["type", "-main_bytes", "-id"],
                condition=Q(visibility="public"),
                name="repo_public_size",
            ),
            models.Index(
                fields=["type", "task", "library", "licence", "-downloads", "-id"], name="repo_facets"
            ),
            models.Index(fields=["namespace", "type", "-updated_at"], name="repo_of_namespace"),
        ]

    def __str__(self) -> str:
        return self.full_id

    @property
    def full_id(self) -> str:
        """`namespace/name`. Costs a query unless the namespace was selected along."""
        return f"{self.namespace.name}/{self.name}"

    @property
    def is_private(self) -> bool:
        return self.visibility == Visibility.PRIVATE

    @property
    def type_(self) -> RepositoryType:
        return RepositoryType(self.type)

    def get_absolute_url(self) -> str:
        return f"{self.type_.url_prefix}/{self.full_id}"


class RepositoryTag(models.Model):
    """One searchable tag (`language:fr`, `license:mit`, `dataset:acme/pairs`, `pytorch`, …)."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="tag_rows")
    tag = models.CharField(max_length=128)
    # What facets group by: `language`, `dataset`, `base_model`, `region`, `other`, …
    kind = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "tag"], name="repository_tag_once")]
        indexes = [models.Index(fields=["tag", "repository"])]

    def __str__(self) -> str:
        return self.tag


class RepositoryRedirect(models.Model):
    """An old name that leads to a repository until somebody takes the name."""

    type = models.CharField(max_length=8, choices=RepositoryType.choices)
    full_key = models.CharField(max_length=200, help_text=_("namespace/name in lower case"))
    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="redirects")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["type", "full_key"], name="redirect_name_once")]

    def __str__(self) -> str:
        return self.full_key


class RepositoryLfsObject(models.Model):
    """A large file that was uploaded to, or copied into, a repository; the right to read it.

    `committed_at` stays empty until a commit names the object, so that abandoned uploads can be
    told from content.
    """

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="lfs_links")
    lfs_object = models.ForeignKey(
        "models_app.LfsObject", on_delete=models.PROTECT, related_name="repository_links"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    committed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "lfs_object"], name="repository_lfs_once")
        ]

    def __str__(self) -> str:
        return f"{self.repository_id} holds {self.lfs_object_id}"


class LfsLock(models.Model):
    """Somebody's note to others that they are at work on a path; git-lfs asks before a push."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="lfs_locks")
    path = models.CharField(max_length=1024)
    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="lfs_locks")
    locked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "path"], name="lfs_lock_once")]

    def __str__(self) -> str:
        return self.path


class AccessRequest(models.Model):
    """Somebody's way through the gate of a repository, asked for or granted unasked.

    `is_granted` marks the latter: such a person was never asked to share an address.
    """

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="access_requests")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="access_requests")
    status = models.CharField(max_length=8, choices=AccessStatus.choices)
    # What the person answered to the fields of the card.
    answers = models.JSONField(default=dict, blank=True)
    rejection_reason = models.CharField(max_length=500, blank=True)
    is_granted = models.BooleanField(default=False)
    handled_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "user"], name="access_request_once")]
        indexes = [models.Index(fields=["repository", "status", "-id"], name="access_request_list")]

    def __str__(self) -> str:
        return f"{self.user_id} to {self.repository_id}: {self.status}"
