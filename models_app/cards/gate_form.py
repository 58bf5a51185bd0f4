"""What the card of a gated repository asks of people who want to read its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MAX_FIELDS = 50
MAX_OPTIONS = 300
MAX_LABEL = 300
MAX_TEXT = 20_000


class FieldKind(StrEnum):
    TEXT = "text"
    CHECKBOX = "checkbox"
    DATE = "date_picker"
    COUNTRY = "country"
    SELECT = "select"


@dataclass(frozen=True, slots=True)
class GateField:
    """One question; `options` are pairs of value and label, for `select` only."""

    label: str
    kind: FieldKind
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GateForm:
    """Texts are the author's own Markdown or words; empty where the card says nothing."""

    heading: str
    prompt: str
    description: str
    button: str
    fields: tuple[GateField, ...]


def read(card: Mapping[str, Any]) -> GateForm:
    """What it says in `extra_gated_…`. What cannot be understood is asked as a text, never left out: an
    author who asks wants an answer."""
    asked = card.get("extra_gated_fields")
    pairs = list(asked.items())[:MAX_FIELDS] if isinstance(asked, Mapping) else []
    return GateForm(
        heading=_text(card, "extra_gated_heading"),
        prompt=_text(card, "extra_gated_prompt"),
        description=_text(card, "extra_gated_description"),
        button=_text(card, "extra_gated_button_content")[:MAX_LABEL],
        fields=tuple(_field(str(label)[:MAX_LABEL], kind) for label, kind in pairs),
    )


def _text(card: Mapping[str, Any], key: str) -> str:
    value = card.get(key)
    return value.strip()[:MAX_TEXT] if isinstance(value, str) else ""


def _field(label: str, kind: Any) -> GateField:
    options = kind.get("options") if isinstance(kind, Mapping) else None
    if isinstance(options, list) and options:
        return GateField(label, FieldKind.SELECT, tuple(_option(option) for option in options[:MAX_OPTIONS]))
    word = kind.get("type") if isinstance(kind, Mapping) else kind
    plain = {each.value for each in FieldKind} - {FieldKind.SELECT}
    return GateField(label, FieldKind(word) if word in plain else FieldKind.TEXT)


def _option(option: Any) -> tuple[str, str]:
    if isinstance(option, Mapping):
        value = str(option.get("value", option.get("label", "")))[:MAX_LABEL]
        return value, str(option.get("label", value))[:MAX_LABEL]
    return str(option)[:MAX_LABEL], str(option)[:MAX_LABEL]
