"""What people type about themselves, their organizations and their tokens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hub.accounts import tokens
from hub.accounts.models import Namespace, Role, TokenScope
from hub.core import clock
from hub.core.errors import HubError

LIFETIMES = [
    ("7", _("7 days")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("1 year")),
    ("never", _("Never")),
]
NAME_HELP = _("2 to 42 letters, digits, “-”, “_” and “.”. It becomes part of every address.")


class NamespaceForm(forms.Form):
    """Profile of a person or settings of an organization."""

    full_name = forms.CharField(label=_("Display name"), max_length=200, required=False)
    about = forms.CharField(
        label=_("About"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    private_by_default = forms.BooleanField(
        label=_("New repositories are private unless said otherwise"), required=False
    )

    @classmethod
    def of(cls, namespace: Namespace) -> NamespaceForm:
        return cls(initial={name: getattr(namespace, name) for name in cls.base_fields})


class OrganizationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=42, help_text=NAME_HELP)
    full_name = forms.CharField(label=_("Display name"), max_length=200, required=False)


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.WRITE)


class TokenForm(forms.Form):
    """`grant` boxes and the lines of `repositories` count for fine-grained tokens only."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What it is for: “laptop”, “nightly evaluation”.")
    )
    scope = forms.ChoiceField(
        label=_("Scope"),
        choices=[
            (TokenScope.READ, _("Read: everything you can see")),
            (TokenScope.WRITE, _("Write: everything you can do, except the operator's pages")),
            (TokenScope.FINE_GRAINED, _("Fine-grained: only what is ticked below")),
        ],
        initial=TokenScope.READ,
        widget=forms.RadioSelect,
    )
    lifetime = forms.ChoiceField(label=_("Ends after"), choices=LIFETIMES, initial="90")
    repositories = forms.CharField(
        label=_("Single repositories"),
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 2, "spellcheck": "false", "placeholder": "model:acme/t5=read,write"}
        ),
        help_text=_("One a line: model:NAMESPACE/NAME=read,write or dataset:NAMESPACE/NAME=read."),
    )

    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["lifetime"]
        return None if days == "never" else clock.now() + timedelta(days=int(days))

    def grants(self) -> list[tokens.Grant]:
        """Each place once, with all that was ticked for it."""
        if self.cleaned_data["scope"] != TokenScope.FINE_GRAINED:
            return []
        return merged([*self._ticked(), *self.cleaned_data["repositories"]])

    def clean_repositories(self) -> list[tokens.Grant]:
        lines = self.cleaned_data["repositories"].splitlines()
        return [grant_in(f"repository:{line.strip()}") for line in lines if line.strip()]

    def clean(self) -> dict[str, Any]:
        self._ticked()
        return self.cleaned_data

    def _ticked(self) -> list[tokens.Grant]:
        boxes = self.data.getlist("grant") if hasattr(self.data, "getlist") else []
        return [grant_in(text) for text in boxes]


def grant_in(text: str) -> tokens.Grant:
    try:
        return tokens.parse_grant(text)
    except HubError as error:
        raise forms.ValidationError(error.message) from None


def merged(grants: Iterable[tokens.Grant]) -> list[tokens.Grant]:
    places: dict[str, list[str]] = {}
    for grant in grants:
        places.setdefault(grant["on"], []).extend(grant["may"])
    return [{"on": place, "may": rights} for place, rights in places.items()]


def show_error(form: forms.Form, error: HubError) -> None:
    """Put a room's refusal where the person looks for it."""
    field = error.fields.get("field", "")
    form.add_error(field if field in form.fields else None, error.message)
