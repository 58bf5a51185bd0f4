"""Guided forms for job requests. They collect text; what is right is decided by `jobs.requests` and `submit`.

Field names are those of the request, a setting is called `settings.<name>`: so a refusal finds its field.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evals_app.catalog.parameters import Parameter
from evals_app.catalog.recipes import EVALUATION_SETTINGS, INIT, RECIPES
from evals_app.jobs import containers
from evals_app.jobs.models import JobKind
from evals_app.jobs.requests import MOST_ATTEMPTS, MOST_DEVICES, MOST_MEMORY_GB, MOST_SECONDS, PRIORITIES
from hub.accounts.models import Namespace
from hub.core.errors import HubError, InvalidInput


def field_for(parameter: Parameter, *, required: bool = False) -> forms.Field:
    """A parameter as a form field; its default is shown, and applies when the field stays empty."""
    common: dict[str, Any] = {
        "label": gettext(parameter.name.replace("_", " ")),
        "help_text": gettext(parameter.description),
        "required": required,
        "initial": parameter.default,
    }
    match parameter.kind:
        case "int":
            return forms.IntegerField(
                min_value=_whole(parameter.least), max_value=_whole(parameter.most), **common
            )
        case "float":
            widget = forms.NumberInput(attrs={"step": "any"})
            return forms.FloatField(
                min_value=parameter.least, max_value=parameter.most, widget=widget, **common
            )
        case "bool":
            return forms.BooleanField(**{**common, "required": False})
        case "choice":
            return forms.ChoiceField(choices=[(c, c) for c in parameter.choices], **common)
    return forms.CharField(max_length=int(parameter.most or 200), strip=False, **common)


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


# Of containers: written as in a shell, and a line for each variable.
WORDS, LINES = ("command", "arguments"), ("environment",)
# Folded away: most jobs leave them as they are.
MACHINE = ("priority", "devices", "memory_gb", "time_limit", "attempts")


def initial_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request as the form's fields hold it."""
    initial: dict[str, Any] = {}
    for name, value in request.items():
        if name in LINES and isinstance(value, Mapping):
            initial[name] = "\n".join(f"{key}={inner}" for key, inner in value.items())
        elif name in WORDS and isinstance(value, list):
            initial[name] = shlex.join(value)
        elif isinstance(value, Mapping):
            initial |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            initial[name] = ", ".join(value) if isinstance(value, list) else value
    if initial.get("time_limit"):
        initial["time_limit"] = -(-initial["time_limit"] // 60)
    return initial


class JobForm(forms.Form):
    """What every kind shares. `owners` and `queues` are what the person may choose from."""

    kind: JobKind
    lists: Mapping[str, str] = {}
    parameters: Mapping[str, Sequence[Parameter]] = {}

    owner = forms.ChoiceField(label=_("Owner"), help_text=_("Who the job counts for, and who may cancel it."))
    queue = forms.ChoiceField(label=_("Queue"))
    priority = forms.IntegerField(
        label=_("Priority"),
        min_value=min(PRIORITIES),
        max_value=max(PRIORITIES),
        required=False,
        initial=0,
        help_text=_("-10 to 10, among the owner's own jobs."),
    )
    devices = forms.IntegerField(
        label=_("Devices"), min_value=1, max_value=MOST_DEVICES, required=False, initial=1
    )
    memory_gb = forms.FloatField(
        label=_("Memory of each device (GB)"),
        min_value=0,
        max_value=MOST_MEMORY_GB,
        required=False,
        initial=0,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_("At least; leave it at 0 for any."),
    )
    time_limit = forms.IntegerField(
        label=_("Time limit (minutes)"),
        min_value=1,
        max_value=MOST_SECONDS // 60,
        required=False,
        help_text=_("Empty for the queue's own limit."),
    )
    attempts = forms.IntegerField(
        label=_("Attempts"),
        min_value=1,
        max_value=MOST_ATTEMPTS,
        required=False,
        help_text=_(
            "At most, when a worker or the memory fails; empty for three. A container's command that fails "
            "is run again only where this says so."
        ),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        owners: Iterable[Namespace] = (),
        queues: Iterable[str] = (),
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        _offer(
            self.fields["owner"],
            [n.name for n in owners],
            gettext("You may not submit jobs for “%(value)s”."),
        )
        _offer(self.fields["queue"], list(queues), gettext("There is no queue “%(value)s”."))
        for prefix, parameters in self.parameters.items():
            for parameter in parameters:
                self.fields[f"{prefix}.{parameter.name}"] = field_for(parameter)
        for name, list_id in self.lists.items():
            self.fields[name].widget.attrs |= {"list": list_id, "autocomplete": "off", "spellcheck": "false"}

    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if "." not in name and name not in MACHINE]

    def machine_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in MACHINE]

    def machine_errors(self) -> bool:
        return any(name in MACHINE for name in self.errors)

    def setting_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("settings.")]

    def init_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("init.")]

    def setting_errors(self) -> bool:
        return any(name.startswith("settings.") for name in self.errors)

    def init_errors(self) -> bool:
        return any(name.startswith("init.") for name in self.errors)

    def clean_time_limit(self) -> int | None:
        minutes: int | None = self.cleaned_data["time_limit"]
        return None if minutes is None else minutes * 60

    def as_request(self) -> dict[str, Any]:
        """The request as JSON would hold it; empty fields are left out."""
        request: dict[str, Any] = {"kind": str(self.kind)}
        for name, value in self.cleaned_data.items():
            if value in (None, ""):
                continue
            group, dot, key = name.partition(".")
            if dot:
                request.setdefault(group, {})[key] = value
            else:
                request[name] = value
        return request

    def refuse(self, error: HubError) -> None:
        """Show a refusal at the field it is about, or above all when it is about none of them."""
        field = str(error.fields.get("field", ""))
        self.add_error(field if field in self.fields else None, error.message)


def _offer(field: forms.Field, names: list[str], refusal: str) -> None:
    """What may be chosen; a refusal of anything else names it, too."""
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(name, name) for name in names]
    # The field puts the value in, so that names with a percent sign have to keep it.
    known = (gettext("Choose one of: %(names)s.") % {"names": ", ".join(names)}).replace("%", "%%")
    field.error_messages["invalid_choice"] = f"{refusal} {known}"


class EvaluateForm(JobForm):
    kind = JobKind.EVALUATE
    lists = {"model": "models", "benchmark": "benchmarks", "suite": "suites"}
    parameters = {"settings": EVALUATION_SETTINGS}

    model = forms.CharField(
        label=_("Model"), required=False, help_text=_("namespace/name of a model on this hub.")
    )
    endpoint = forms.CharField(
        label=_("External model"),
        required=False,
        help_text=_("Instead of a model: namespace/name of a registered external one."),
    )
    revision = forms.CharField(label=_("Model revision"), initial="main", required=False)
    benchmark = forms.CharField(
        label=_("Benchmark"),
        required=False,
        help_text=_(
            "A dataset with a benchmark.yaml. Of one that holds its items out, the owner gets the model's "
            "name and answers, also those of a private model."
        ),
    )
    suite = forms.CharField(
        label=_("Suite"),
        required=False,
        help_text=_("Instead of a benchmark: one job for each benchmark of the suite."),
    )
    benchmark_revision = forms.CharField(label=_("Benchmark revision"), initial="main", required=False)
    tasks = forms.CharField(
        label=_("Tasks"), required=False, help_text=_("Names with commas between them; empty for all.")
    )
    limit = forms.IntegerField(
        label=_("Samples"),
        required=False,
        min_value=1,
        help_text=_("Only the first so many of each task; such a run enters no leaderboard."),
    )

    def clean_tasks(self) -> list[str]:
        return [name.strip() for name in self.cleaned_data["tasks"].split(",") if name.strip()]

    def clean(self) -> None:
        given = self.cleaned_data
        if not given.get("model") and not given.get("endpoint"):
            self.add_error("model", gettext("Name a model of this hub, or an external one below."))
        if not given.get("benchmark") and not given.get("suite"):
            self.add_error("benchmark", gettext("Name a benchmark, or a suite of them."))
        if given.get("benchmark") and given.get("suite"):
            self.add_error("suite", gettext("Name either a benchmark or a suite; empty one of the two."))

    def as_request(self) -> dict[str, Any]:
        request = super().as_request()
        if request.get("suite"):
            for name in ("benchmark_revision", "tasks"):
                request.pop(name, None)
        return request


class FineTuneForm(JobForm):
    kind = JobKind.FINE_TUNE
    lists = {"base_model": "models", "dataset": "datasets"}

    recipe = forms.CharField(widget=forms.HiddenInput)
    base_model = forms.CharField(
        label=_("Base model"), required=False, help_text=_("Leave empty to begin from nothing.")
    )
    revision = forms.CharField(label=_("Base model revision"), initial="main", required=False)
    dataset = forms.CharField(label=_("Dataset"), help_text=_("namespace/name of a dataset on this hub."))
    dataset_revision = forms.CharField(label=_("Dataset revision"), initial="main", required=False)
    output = forms.CharField(
        label=_("Result"), help_text=_("namespace/name of the model that will be made or get a new commit.")
    )
    private = forms.NullBooleanField(label=_("Visibility of the result"))

    def __init__(self, *args: Any, recipe: str, **kwargs: Any) -> None:
        self.chosen = RECIPES.get(recipe) or RECIPES["seq2seq"]
        self.parameters = {"settings": self.chosen.parameters, "init": INIT}
        super().__init__(*args, **kwargs)
        self.fields["recipe"].initial = self.chosen.name
        self.fields["init.architecture"].choices = [(a, a) for a in self.chosen.architectures]  # type: ignore[attr-defined]
        _name_visibilities(self.fields["private"])

    def recipe_names(self) -> list[str]:
        return list(RECIPES)

    def as_request(self) -> dict[str, Any]:
        request = super().as_request()
        if "base_model" in request:
            request.pop("init", None)
        return request


class PullForm(JobForm):
    kind = JobKind.PULL

    upstream = forms.CharField(label=_("Hub"), help_text=_("Address of the other hub."))
    source = forms.CharField(label=_("Repository there"), help_text="namespace/name")
    source_type = forms.ChoiceField(
        label=_("Kind"), choices=[("model", _("Model")), ("dataset", _("Dataset"))]
    )
    source_revision = forms.CharField(label=_("Revision"), initial="main", required=False)
    output = forms.CharField(label=_("Name here"), help_text=_("namespace/name it gets on this hub."))
    private = forms.NullBooleanField(label=_("Visibility of the result"))

    def __init__(self, *args: Any, upstreams: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if upstreams:
            self.fields["upstream"].initial = upstreams[0]
            self.fields["upstream"].help_text = gettext("Allowed here: %(hubs)s.") % {
                "hubs": ", ".join(upstreams)
            }
        _name_visibilities(self.fields["private"])


class _Lines(forms.CharField):
    """`NAME=value` in each line; None when there is none."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "mono", "spellcheck": "false"})

    def clean(self, value: Any) -> dict[str, str] | None:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        pairs = [line.partition("=") for line in lines]
        if not all(equals for _name, equals, _text in pairs):
            raise forms.ValidationError(gettext("Write NAME=value in each line."))
        return {name.strip(): text for name, _equals, text in pairs} or None


class ContainerForm(JobForm):
    kind = JobKind.CONTAINER

    image = forms.CharField(label=_("Image"), help_text=_("As python:3.12 or ghcr.io/owner/name:tag."))
    command = forms.CharField(
        label=_("Command"), required=False, help_text=_("Instead of the image's own; written as in a shell.")
    )
    arguments = forms.CharField(label=_("Arguments"), required=False)
    environment = _Lines(
        label=_("Variables"),
        required=False,
        help_text=_("NAME=value in each line; whoever sees the job sees them."),
    )
    secrets = _Lines(
        label=_("Secrets"),
        required=False,
        help_text=_("NAME=value in each line; shown to nobody afterwards."),
    )
    private = forms.NullBooleanField(label=_("Visibility of the job"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget = self.fields["private"].widget
        assert isinstance(widget, forms.NullBooleanSelect)
        widget.choices = [("true", _("Private")), ("false", _("Public"))]

    def clean_command(self) -> list[str] | None:
        return self._words("command")

    def clean_arguments(self) -> list[str] | None:
        return self._words("arguments")

    def _words(self, name: str) -> list[str] | None:
        try:
            return shlex.split(self.cleaned_data[name]) or None
        except ValueError:
            raise forms.ValidationError(gettext("A quotation mark is not closed.")) from None


def _name_visibilities(field: forms.Field) -> None:
    assert isinstance(field.widget, forms.NullBooleanSelect)
    field.widget.choices = [
        ("unknown", _("As the owner's settings say")),
        ("false", _("Public")),
        ("true", _("Private")),
    ]


FORMS: Mapping[str, type[JobForm]] = {
    form.kind: form for form in (EvaluateForm, FineTuneForm, PullForm, ContainerForm)
}


def kinds() -> list[tuple[str, str]]:
    """What may be asked for on this hub."""
    return [
        (kind, str(label))
        for kind, label in JobKind.choices
        if kind != JobKind.CONTAINER or containers.is_offered()
    ]


def form_for(
    kind: str,
    data: Mapping[str, Any] | None,
    *,
    initial: dict[str, Any],
    upstreams: Sequence[str],
    **choices: Any,
) -> JobForm:
    """InvalidInput for a kind that does not exist. `initial` is what the address asked for."""
    if kind not in FORMS:
        raise InvalidInput(gettext("There is no such kind of job."), field="kind")
    if kind == JobKind.FINE_TUNE:
        recipe = (data or initial).get("recipe", "")
        return FineTuneForm(data, recipe=str(recipe), initial=initial, **choices)
    if kind == JobKind.PULL:
        return PullForm(data, upstreams=upstreams, initial=initial, **choices)
    return FORMS[kind](data, initial=initial, **choices)
