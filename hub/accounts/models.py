"""People, organizations, and what they may do: the tables of one shared namespace."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class NamespaceKind(models.TextChoices):
    USER = "user", _("User")
    ORGANIZATION = "org", _("Organization")


class Role(models.TextChoices):
    """What a member may do in an organization; each role includes the ones before it."""

    READ = "read", _("Read")
    CONTRIBUTOR = "contributor", _("Contributor")
    WRITE = "write", _("Write")
    ADMIN = "admin", _("Admin")

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class Namespace(models.Model):
    """A name that can own repositories and jobs: a user's or an organization's.

    `key` is the name in lower case; it makes names unique without regard to case.
    """

    name = models.CharField(max_length=96)
    key = models.CharField(max_length=96, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=NamespaceKind.choices)
    full_name = models.CharField(max_length=200, blank=True)
    about = models.TextField(blank=True)
    website = models.URLField(blank=True)
    is_verified = models.BooleanField(default=False)
    private_by_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(key=Lower("name")), name="namespace_key_is_lower_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def display_name(self) -> str:
        return self.full_name or self.name

    @property
    def is_organization(self) -> bool:
        return self.kind == NamespaceKind.ORGANIZATION

    def get_absolute_url(self) -> str:
        return f"/{self.name}"


class User(AbstractUser):
    """A person who can sign in. The name is their namespace's; services keep the two equal."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    namespace = models.OneToOneField(Namespace, on_delete=models.PROTECT, related_name="user")

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                condition=~models.Q(email=""),
                violation_error_message=_("This e-mail address is in use."),
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def get_full_name(self) -> str:
        """Costs a query unless the namespace is loaded."""
        return self.namespace.display_name

    def get_short_name(self) -> str:
        return self.username


class Membership(models.Model):
    organization = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.organization_id}"


class Invitation(models.Model):
    """An offer of membership by e-mail address; whoever holds the link may accept once."""

    organization = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=12, choices=Role.choices)
    secret_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"


class TokenKind(models.TextChoices):
    PERSONAL = "personal", _("Personal")
    JOB = "job", _("Job")
    WORKER = "worker", _("Worker")


class TokenScope(models.TextChoices):
    READ = "read", _("Read")
    WRITE = "write", _("Write")
    FINE_GRAINED = "fineGrained", _("Fine-grained")


class AccessToken(models.Model):
    """A secret that acts for a user. Only its SHA-256 is kept; the text is shown once.

    `grants` belongs to fine-grained tokens: a list of `{"on": ..., "may": [...]}`, where `on` is
    `namespace:<name>`, `repository:<type>:<namespace>/<name>` or `public`, and `may` holds
    `read`, `discuss`, `write`, `admin` (on repositories) and `jobs` (on namespaces).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=TokenKind.choices, default=TokenKind.PERSONAL)
    scope = models.CharField(max_length=12, choices=TokenScope.choices)
    grants = models.JSONField(default=list, blank=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8, help_text=_("The last characters, to tell tokens apart."))
    job_id = models.UUIDField(null=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "kind", "revoked_at"])]

    def __str__(self) -> str:
        return f"{self.name} (…{self.hint})"


class Follow(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follows")
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="follower_rows")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "namespace"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.namespace_id}"


class DeviceState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    AGREED = "agreed", _("Agreed")
    DENIED = "denied", _("Denied")
    TAKEN = "taken", _("Signed in")


class DeviceLogin(models.Model):
    """A program that shows `user_code` and waits for its person. `scope` and `days` are the person's choice
    for the token that it gets."""

    secret_hash = models.CharField(max_length=64, unique=True)
    user_code = models.CharField(max_length=8, db_index=True)
    client = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=8, choices=DeviceState.choices, default=DeviceState.WAITING)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    scope = models.CharField(max_length=12, choices=TokenScope.choices, blank=True)
    days = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    polled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user_code}: {self.state}"
