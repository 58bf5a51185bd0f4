"""What people type at the gate of a repository, and its administrators behind it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from models_app.cards.gate_form import FieldKind, GateField, GateForm
from models_app.repositories.gating import MAX_ANSWER, MAX_REASON, Answers
from models_app.repositories.models import AccessStatus, Gating


class GatingForm(forms.Form):
    gating = forms.ChoiceField(
        label=_("Access to files"), choices=Gating.choices, widget=forms.RadioSelect, required=False
    )


class GrantForm(forms.Form):
    user = forms.CharField(
        label=_("User"), max_length=96, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class HandleForm(forms.Form):
    user = forms.CharField(max_length=96)
    status = forms.ChoiceField(choices=AccessStatus.choices)
    reason = forms.CharField(required=False, max_length=MAX_REASON)


class AskForm(forms.Form):
    """The questions of a card, each required: a box that must be ticked is how authors ask for consent."""

    def __init__(self, *args: Any, gate: GateForm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate = gate
        for number, field in enumerate(gate.fields):
            self.fields[f"q{number}"] = _form_field(field)

    def answers(self) -> Answers:
        """By the words of the question, as the card has them."""
        given = self.cleaned_data
        return {
            field.label: value if isinstance(value := given[f"q{number}"], bool) else str(value)
            for number, field in enumerate(self.gate.fields)
        }


def _form_field(field: GateField) -> forms.Field:
    if field.kind == FieldKind.CHECKBOX:
        return forms.BooleanField(label=field.label)
    if field.kind == FieldKind.SELECT:
        return forms.ChoiceField(label=field.label, choices=[("", "—"), *field.options])
    if field.kind == FieldKind.DATE:
        return forms.DateField(label=field.label, widget=forms.DateInput(attrs={"type": "date"}))
    autocomplete = {"autocomplete": "country-name"} if field.kind == FieldKind.COUNTRY else {}
    return forms.CharField(
        label=field.label, max_length=MAX_ANSWER, widget=forms.TextInput(attrs=autocomplete)
    )
