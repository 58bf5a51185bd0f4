"""What a feature of the `datasets` library says of its column. Pure; the programs use it too."""

from __future__ import annotations

from typing import Any

MEDIA = ("Image", "Audio", "Video")
LISTS = ("List", "LargeList", "Sequence")
MAX_NAMES = 10_000


def media_type(feature: Any) -> str:
    """`Image`, `Audio`, `Video`, or empty."""
    kind = feature.get("_type") if isinstance(feature, dict) else None
    return kind if kind in MEDIA else ""


def class_names(feature: Any) -> list[str]:
    """The names that the numbers of a column stand for; empty for other columns."""
    if isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
        names = feature.get("names")
        if isinstance(names, list):
            return [str(name)[:200] for name in names[:MAX_NAMES]]
    return []


def is_list(feature: Any) -> bool:
    return isinstance(feature, list) or (isinstance(feature, dict) and feature.get("_type") in LISTS)


def type_words(feature: Any) -> str:
    """The type in a word, as it stands below a column's name."""
    if isinstance(feature, list):
        return "list"
    if not isinstance(feature, dict):
        return ""
    kind = feature.get("_type")
    if kind in LISTS:
        inner = type_words(feature.get("feature"))
        return f"list of {inner}" if inner else "list"
    if kind == "Value":
        return str(feature.get("dtype", ""))[:80]
    return str(kind)[:80] if isinstance(kind, str) else "object"


def is_number(feature: Any) -> bool:
    dtype = str(feature.get("dtype", "")) if isinstance(feature, dict) else ""
    is_value = isinstance(feature, dict) and feature.get("_type") == "Value"
    return is_value and dtype.startswith(("int", "uint", "float", "decimal"))
