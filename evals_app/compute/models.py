"""Hardware: queues by device class, the workers that serve them, and who may use how much of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DeviceClass(models.TextChoices):
    CPU = "cpu", _("CPU")
    GPU = "gpu", _("GPU")


class Queue(models.Model):
    """Where jobs wait, and what the devices behind it are like. Its slug is the name of the Celery
    queue that wakes its workers.

    Empty means: any card, memory not told, no limit beside the installation's own.
    """

    slug = models.SlugField(max_length=40, unique=True)
    device_class = models.CharField(max_length=8, choices=DeviceClass.choices)
    description = models.CharField(max_length=200, blank=True)
    is_paused = models.BooleanField(default=False)
    # As in a shell: `*H100*`. Compared without regard to case.
    gpu_pattern = models.CharField(max_length=80, blank=True)
    # Of one device, and how many of them one machine has: the most that a job may ask for.
    memory_bytes = models.PositiveBigIntegerField(null=True)
    devices = models.PositiveSmallIntegerField(null=True)
    max_time_limit_seconds = models.PositiveIntegerField(null=True)
    # The clock of fair share: the turn of the job that was started last. Whoever waits anew begins here.
    turn = models.FloatField(default=0.0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.slug


class WorkerPass(models.Model):
    """The right to join with workers: a token of kind `worker`, and how far it reaches.

    `lender` is the organization that lends the machines; empty for the installation's own. Until an
    operator (or the policy of the installation) approves it, its workers get nothing.
    """

    token = models.OneToOneField("accounts.AccessToken", on_delete=models.CASCADE, related_name="worker_pass")
    lender = models.ForeignKey(
        "accounts.Namespace", on_delete=models.CASCADE, null=True, related_name="worker_passes"
    )
    queues = models.JSONField(default=list)
    approved_at = models.DateTimeField(null=True)
    # The operator's word that private jobs of others may run there, too.
    is_trusted = models.BooleanField(default=False)
    # The lender's word that nobody else's jobs run there.
    is_for_own = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.token_id} of {self.lender_id}"

    @property
    def is_own(self) -> bool:
        return self.lender_id is None


class TrustedLender(models.Model):
    """An owner's word that its private jobs may run on the machines that an organization lends."""

    owner = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="trusted_lenders")
    lender = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="trusted_by")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "lender"], name="trusted_lender_once")]

    def __str__(self) -> str:
        return f"{self.owner_id} trusts {self.lender_id}"


class WorkerWish(models.TextChoices):
    """What people want of a worker."""

    RUN = "run", _("Run")
    PAUSE = "pause", _("Pause")
    DRAIN = "drain", _("Drain")


class Worker(models.Model):
    """A supervisor process and what it has. Rows live on after it, for the record."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    host = models.CharField(max_length=120)
    queues = models.JSONField(default=list)
    # One dictionary a device: kind, name, memory_bytes, count.
    devices = models.JSONField(default=list)
    versions = models.JSONField(default=dict)
    # None: a worker of the installation, which reaches its database.
    worker_pass = models.ForeignKey(WorkerPass, on_delete=models.SET_NULL, null=True, related_name="workers")
    # One dictionary a slot: number, device. Empty: one slot, any device.
    slots = models.JSONField(default=list)
    labels = models.JSONField(default=dict)
    walls = models.JSONField(default=dict)
    # Name and version of what runs containers there; empty: it runs none.
    container_runtime = models.CharField(max_length=80, blank=True, default="")
    wish = models.CharField(max_length=8, choices=WorkerWish.choices, default=WorkerWish.RUN)
    # It said that it stops, and takes nothing more.
    is_leaving = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField(db_index=True)

    # Not kept: what it says is free at the moment, an entry for each device; None means all of it.
    free_devices: list[dict[str, Any]] | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def is_let_in(self) -> bool:
        """Not a lent machine that an operator still has to approve. Costs a query unless its token was loaded
        along."""
        return self.worker_pass is None or self.worker_pass.approved_at is not None

    @property
    def is_own(self) -> bool:
        """A machine of the installation itself. Costs a query unless its token was loaded along."""
        return self.worker_pass is None or self.worker_pass.is_own


class Allowance(models.Model):
    """What an owner has in every queue; without a row the weight is 1."""

    owner = models.OneToOneField("accounts.Namespace", on_delete=models.CASCADE, related_name="allowance")
    weight = models.FloatField(default=1.0)
    # What lending machines adds to the weight, computed from the device time that was lent.
    lending_weight = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.weight} + {self.lending_weight}"


class RunningLimit(models.Model):
    """How many jobs of an owner may run in a queue at a time."""

    owner = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="running_limits")
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="running_limits")
    most = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "queue"], name="running_limit_once")]

    def __str__(self) -> str:
        return f"{self.owner_id} in {self.queue_id}: {self.most}"


class Reservation(models.Model):
    """A share of a queue's slots (0 to 1) that is kept for an owner during a window."""

    owner = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="reservations")
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="reservations")
    share = models.FloatField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="reservation_share"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")), name="reservation_has_length"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.share:.0%} of {self.queue_id} for {self.owner_id}"


class Standing(models.Model):
    """Where an owner stands in a queue: `turn` grows by device seconds over weight with every start."""

    owner = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="standings")
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="standings")
    turn = models.FloatField(default=0.0)
    # What a job of this owner took lately, device seconds; the newest counts most.
    typical_seconds = models.FloatField(null=True)
    served_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "owner"], name="standing_once")]

    def __str__(self) -> str:
        return f"{self.owner_id} in {self.queue_id}: {self.turn}"


class Budget(models.Model):
    """Hours on devices of a class that an owner may use in a calendar month (UTC).

    At `soft_hours` its administrators are told; at `hard_hours` nothing new is taken or started.
    """

    owner = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="budgets")
    device_class = models.CharField(max_length=8, choices=DeviceClass.choices)
    soft_hours = models.FloatField(null=True)
    hard_hours = models.FloatField(null=True)
    # The first day of the month in which its administrators were told last.
    warned_for = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "device_class"], name="budget_once")]

    def __str__(self) -> str:
        return f"{self.owner_id}, {self.device_class}: {self.soft_hours} / {self.hard_hours}"


DEVICE_TIME_KEY = ["owner", "day", "device_class", "kind", "member", "is_charged"]


class DeviceTime(models.Model):
    """Device seconds of a day: whose job, who submitted it, of which kind, on whose machine.

    Only what succeeded is charged; the rest is kept so that lent machines count whatever came of the job.
    """

    day = models.DateField()
    owner = models.ForeignKey("accounts.Namespace", on_delete=models.CASCADE, related_name="device_times")
    member = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="device_times")
    lender = models.ForeignKey(
        "accounts.Namespace", on_delete=models.PROTECT, null=True, related_name="lent_times"
    )
    device_class = models.CharField(max_length=8, choices=DeviceClass.choices)
    kind = models.CharField(max_length=12)
    is_charged = models.BooleanField()
    seconds = models.FloatField(default=0.0)
    jobs = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[*DEVICE_TIME_KEY, "lender"],
                condition=Q(lender__isnull=False),
                name="device_time_once_lent",
            ),
            models.UniqueConstraint(
                fields=DEVICE_TIME_KEY, condition=Q(lender__isnull=True), name="device_time_once"
            ),
        ]
        indexes = [models.Index(fields=["lender", "day"], name="device_time_lent")]

    def __str__(self) -> str:
        return f"{self.day}, {self.owner_id}: {self.seconds} s"
