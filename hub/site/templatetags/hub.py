"""Tags and filters of every page: icons, avatars, code blocks, charts, and how values are written."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from textwrap import dedent

from django import template
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from hub.core import figures
from hub.site import charts, formats

register = template.Library()

# Hues whose 36 % dark tone carries white text; yellow and green-yellow are left out.
HUES = (205, 225, 255, 285, 320, 350, 15, 165)


@register.simple_tag
@cache
def icon(name: str) -> str:
    """The inline SVG of `components/icons/<name>.html`; it takes the colour and size of the text."""
    return render_to_string(f"components/icons/{name}.html")


@register.inclusion_tag("components/nav_link.html", takes_context=True)
def nav_link(context: template.Context, url: str, label: str) -> dict[str, object]:
    request = context.get("request")
    path = request.path if request else ""
    return {"url": url, "label": label, "current": path == url or path.startswith(f"{url}/")}


@register.inclusion_tag("components/avatar.html")
def avatar(name: str, shape: str = "user", size: str = "") -> dict[str, object]:
    words = [word for word in name.replace("_", "-").replace(".", "-").split("-") if word]
    initials = "".join(word[0] for word in words[:2]) if len(words) > 1 else name[:2]
    return {
        "initials": initials,
        "hue": HUES[zlib.crc32(name.lower().encode()) % 8],
        "shape": shape,
        "size": size,
    }


@register.simple_block_tag
def codeblock(content: str, title: str = "") -> str:
    """A block of code with a copy button. The content is dedented; what it prints is escaped already."""
    code = SafeString(dedent(content).strip("\n"))
    return render_to_string("components/code.html", {"code": code, "title": title})


@register.filter
def page_numbers(paginator: Paginator[object], current: int) -> list[int]:
    return formats.page_numbers(paginator.num_pages, current)


@register.filter
def compact(number: float | None) -> str:
    return formats.compact(number)


@register.filter
def file_size(size: float | None) -> str:
    return formats.file_size(size)


@register.filter
def duration(seconds: float | None) -> str:
    return formats.duration(seconds)


@register.filter
def ago(moment: datetime | None) -> SafeString:
    return formats.ago(moment)


@register.filter
def moment(value: datetime | None) -> SafeString:
    return formats.moment_text(value)


@register.filter
def measured(value: float | None, stderr: float | None = None) -> str:
    return formats.measured(value, stderr)


@register.filter
def half_interval(stderr: float | None, decimals: int | None = None) -> str:
    """`± …`, half of the 95 % interval, in the decimals of `measured`; empty without one."""
    if stderr is None:
        return ""
    return f"± {1.96 * stderr:.{figures.decimals_for(stderr) if decimals is None else decimals}f}"


@register.filter
def significant(value: float) -> str:
    """Four figures: for numbers of any size whose error nobody knows."""
    return f"{value:.4g}"


@register.filter
def fixed(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}"


@register.simple_tag
def value_scale(entries: Iterable[charts.Measured]) -> charts.Scale:
    """What the rows of a column share: the ends of the axis and the number of decimals."""
    return charts.scale_of([(entry.value, entry.stderr) for entry in entries])


@register.filter
def percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{100 * fraction:.0f} %"


@register.filter
def percent_number(fraction: float | None) -> str:
    """For a CSS width: a number between 0 and 100 with a point in every language."""
    return f"{100 * min(1.0, max(0.0, fraction or 0.0)):.1f}"


@register.filter
def unlocalized(number: float) -> str:
    return f"{number:.4f}"


@register.filter
def html_language(code: str) -> str:
    """`zh-hans` as HTML writes it: `zh-Hans`."""
    language, _, script = code.partition("-")
    return f"{language}-{script.title()}" if script else language


@register.filter
def short_commit(commit: str) -> str:
    return commit[:7]


register.inclusion_tag("components/chart.html", name="line_chart")(charts.line_chart)
register.inclusion_tag("components/chart_file.html", name="line_chart_file")(charts.line_chart)
register.inclusion_tag("components/bar_chart.html", name="bar_chart")(charts.bar_chart)
register.inclusion_tag("components/interval.html", name="interval")(charts.interval)
register.inclusion_tag("components/scatter_chart.html", name="scatter_chart")(charts.scatter_chart)
