"""What an operator decides about queues and owners, as forms. What is right is decided by the services of
`compute`; their refusals find the field they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from evals_app.compute import budgets, shares
from evals_app.compute.models import DeviceClass, Queue
from evals_app.compute.selectors import get_queue
from evals_app.compute.services import QueueSettings
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.core.clock import now
from hub.core.errors import HubError

MINUTE = 60


class OperatorForm(forms.Form):
    # Names that the services call a field by, where the form has another.
    called: ClassVar[Mapping[str, str]] = {}

    def refuse(self, error: HubError) -> None:
        """Show a refusal at its field, or above all when it is about none of them."""
        field = str(error.fields.get("field", ""))
        field = self.called.get(field, field)
        self.add_error(field if field in self.fields else None, error.message)


class QueueForm(OperatorForm):
    called = {"max_time_limit_seconds": "minutes"}

    device_class = forms.ChoiceField(label=_("Devices"), choices=DeviceClass.choices)
    description = forms.CharField(label=_("Description"), max_length=200, required=False)
    gpu_pattern = forms.CharField(
        label=_("Which cards"),
        max_length=80,
        required=False,
        help_text=_("As in a shell: *H100*. Empty for any."),
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )
    memory_gb = forms.FloatField(
        label=_("Memory of a device (GB)"),
        required=False,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_("Empty where it is not told."),
    )
    devices = forms.IntegerField(
        label=_("Devices of one machine"), required=False, help_text=_("Empty where it is not told.")
    )
    minutes = forms.IntegerField(
        label=_("Longest job (minutes)"),
        required=False,
        help_text=_("Empty for the limit of the installation."),
    )

    def settings(self) -> QueueSettings:
        given = dict(self.cleaned_data)
        minutes = given.pop("minutes")
        given.pop("slug", None)
        return QueueSettings(**given, max_time_limit_seconds=None if minutes is None else minutes * MINUTE)


class NewQueueForm(QueueForm):
    slug = forms.CharField(
        label=_("Name"),
        max_length=40,
        help_text=_("Lower-case letters, digits and hyphens; workers and jobs name it so."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    field_order = ("slug",)


class WeightForm(OperatorForm):
    weight = forms.FloatField(
        label=_("Weight"),
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_("Beside the others' weights: with 2 an owner gets twice what one with 1 gets."),
    )

    def save(self, actor: Actor, owner: Namespace) -> None:
        shares.set_weight(owner, self.cleaned_data["weight"], actor=actor)


class BudgetForm(OperatorForm):
    """Of one class of devices, which is part of the form's prefix."""

    soft_hours = forms.FloatField(
        label=_("Soft limit (hours)"),
        required=False,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_("Its administrators are told, and whoever submits sees it."),
    )
    hard_hours = forms.FloatField(
        label=_("Hard limit (hours)"),
        required=False,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_("Nothing new is taken or started. Empty for no limit."),
    )

    def __init__(self, data: Any, *, device_class: DeviceClass, initial: dict[str, Any] | None) -> None:
        super().__init__(data, initial=initial, prefix=device_class.value)
        self.device_class = device_class

    def save(self, actor: Actor, owner: Namespace) -> None:
        budgets.set_budget(owner, self.device_class, **self.cleaned_data, actor=actor)


class _QueueChoiceForm(OperatorForm):
    queue = forms.ChoiceField(label=_("Queue"))

    def __init__(self, *args: Any, queues: Iterable[Queue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["queue"].choices = [(queue.slug, queue.slug) for queue in queues]  # type: ignore[attr-defined]


class LimitForm(_QueueChoiceForm):
    most_running = forms.IntegerField(
        label=_("Jobs at a time"), required=False, help_text=_("Empty lifts the limit; 0 lets nothing run.")
    )

    def save(self, actor: Actor, owner: Namespace) -> None:
        given = self.cleaned_data
        shares.set_running_limit(owner, get_queue(given["queue"]), given["most_running"], actor=actor)


class ReserveForm(_QueueChoiceForm):
    called = {"share": "percent"}

    percent = forms.FloatField(
        label=_("Share of the slots, percent"),
        min_value=0.01,
        max_value=100,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    starts_at = forms.DateTimeField(
        label=_("From (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty for now."),
    )
    ends_at = forms.DateTimeField(
        label=_("Until (UTC)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def save(self, actor: Actor, owner: Namespace) -> None:
        given = self.cleaned_data
        starts = given["starts_at"] or now()
        shares.reserve(
            owner,
            get_queue(given["queue"]),
            given["percent"] / 100,
            starts.astimezone(UTC),
            given["ends_at"].astimezone(UTC),
            actor=actor,
        )
