"""How a value is shown in the viewer's table, and a column above it. Nothing here is HTML."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from models_app.viewer.columns import class_names, is_list, is_number, media_type, type_words

SHORT = 240
MAX_COUNTS = 5
UNITS = {"string_text": "characters", "list": "items"}
WIDTH, HEIGHT = 120, 32


@dataclass(frozen=True, slots=True)
class Cell:
    """`short` is what is seen; `full` what opens behind it, where that is more. `kind` is text, number,
    empty, image or audio; the last two have a `url`."""

    kind: str
    short: str = ""
    full: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """`x` and so on are places in a drawing of WIDTH by HEIGHT. `where` asks for the rows of the bar."""

    x: float
    y: float
    width: float
    height: float
    label: str
    count: int
    where: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """One of the few values of a column. `width` is its part of the most frequent one, in percent."""

    label: str
    count: int
    width: int
    where: str


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    is_number: bool
    is_sorted: str
    sort: str
    bars: list[Bar]
    shares: list[Share]
    distinct: int | None
    low: str
    high: str
    # What `low` and `high` count: `characters`, `items`, or nothing.
    unit: str
    is_wide: bool
    facts: dict[str, Any]


def cell_of(value: Any, feature: Any, url: str) -> Cell:
    if media := media_type(feature):
        return _media(value, media, url)
    if value is None:
        return Cell("empty")
    if names := class_names(feature):
        return Cell(
            "text", names[value] if isinstance(value, int) and 0 <= value < len(names) else str(value)
        )
    if isinstance(value, bool):
        return Cell("text", "true" if value else "false")
    if isinstance(value, int):
        return Cell("number", str(value))
    if isinstance(value, float):
        return Cell("number", f"{value:.10g}")
    text = value if isinstance(value, str) else _structure(value)
    return Cell("text", text) if len(text) <= SHORT else Cell("text", text[:SHORT] + "…", text)


def _media(value: Any, media: str, url: str) -> Cell:
    if not isinstance(value, dict):
        return Cell("empty")
    if value.get("bytes") and media in {"Image", "Audio"}:
        return Cell(media.lower(), str(value.get("path") or ""), url=url)
    return Cell("text", str(value.get("path") or f"{value.get('bytes', 0)} bytes"))


def _structure(value: Any) -> str:
    """As JSON; a conversation line by line, as it was said."""
    if isinstance(value, list) and value and all(_is_said(each) for each in value):
        return "\n".join(f"{each['role']}: {each['content']}" for each in value)
    return json.dumps(value, ensure_ascii=False)


def _is_said(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"role", "content"} and isinstance(value["content"], str)


def column_of(
    name: str, feature: Any, described: dict[str, Any], sorted_by: tuple[str, bool] | None
) -> Column:
    """`described` is the column's entry among the statistics, empty where it has none."""
    facts = described.get("column_statistics", {})
    kind = described.get("column_type", "")
    shares = _shares(name, kind, facts)
    histogram = facts.get("histogram") or {}
    descending = sorted_by[1] if sorted_by and sorted_by[0] == name else None
    is_nested = is_list(feature) or not isinstance(feature, dict) or "_type" not in feature
    return Column(
        name=name,
        type=type_words(feature),
        is_number=is_number(feature),
        is_sorted={None: "", True: "descending", False: "ascending"}[descending],
        sort="" if is_nested or media_type(feature) else f"-{name}" if descending is False else name,
        bars=_bars(name, kind, histogram),
        shares=shares[:MAX_COUNTS],
        distinct=facts.get("n_unique"),
        low=_number(facts.get("min")),
        high=_number(facts.get("max")),
        unit=UNITS.get(kind, ""),
        is_wide=kind == "string_text" or is_nested,
        facts={
            "kind": kind,
            "missing": facts.get("nan_count"),
            **{key: _number(facts.get(key)) for key in ("min", "median", "mean", "max", "std")},
        },
    )


def _number(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _bars(name: str, kind: str, histogram: dict[str, Any]) -> list[Bar]:
    counts, edges = histogram.get("hist") or [], histogram.get("bin_edges") or []
    most = max(counts, default=0)
    if not most:
        return []
    step = WIDTH / len(counts)
    bars = []
    for at, count in enumerate(counts):
        height = max(1.0, HEIGHT * count / most) if count else 0.0
        low, high = edges[at], edges[at + 1]
        is_last = at == len(counts) - 1
        where = f"{quoted(name)} >= {low} AND {quoted(name)} {'<=' if is_last else '<'} {high}"
        bars.append(
            Bar(
                round(at * step, 1),
                round(HEIGHT - height, 1),
                round(step - 1, 1),
                round(height, 1),
                f"{low} – {high}",
                count,
                where if kind in {"int", "float"} else "",
            )
        )
    return bars


def _shares(name: str, kind: str, facts: dict[str, Any]) -> list[Share]:
    counts: dict[str, int] = facts.get("frequencies") or {}
    most = max(counts.values(), default=0)
    found = []
    for at, (label, count) in enumerate(counts.items()):
        value = {"class_label": str(at), "bool": label.lower()}.get(kind, text_literal(label))
        width = max(1, 100 * count // most) if count else 0
        found.append(Share(label, count, width, f"{quoted(name)} = {value}"))
    return sorted(found, key=lambda share: -share.count)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
