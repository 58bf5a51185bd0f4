"""What a room refused, said beside the form that asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms
from django.utils.translation import gettext

from hub.core.errors import (
    BranchUpdated,
    Conflict,
    EntryNotFound,
    HubError,
    InvalidInput,
    TooLarge,
    Unprocessable,
)

FOR_THE_FORM = (BranchUpdated, Conflict, EntryNotFound, InvalidInput, TooLarge, Unprocessable)


@contextmanager
def beside(form: forms.Form) -> Iterator[None]:
    """Errors that typing something else can mend become errors of the form; others pass through."""
    try:
        yield
    except FOR_THE_FORM as refusal:
        form.add_error(_field(form, refusal), gettext(refusal.message))


def _field(form: forms.Form, refusal: HubError) -> str | None:
    named = refusal.fields.get("field")
    return named if isinstance(named, str) and named in form.fields else None
