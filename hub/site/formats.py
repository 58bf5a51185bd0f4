"""How numbers, sizes and times are written, in one place for every page."""

from __future__ import annotations

import math
from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.core import figures

STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
SIZES = ("B", "kB", "MB", "GB", "TB", "PB")


def compact(number: float | None) -> str:
    """`1234` is `1.2k`, `7_240_000_000` is `7.2B`: three figures, as model sizes are spoken of."""
    if number is None:
        return "–"
    for step, letter in STEPS:
        if number >= step * 0.9995:
            return f"{number / step:.3g}{letter}" if number < step * 99.95 else f"{number / step:.0f}{letter}"
    return f"{number:.0f}"


def file_size(size: float | None) -> str:
    """Decimal units, as disks and the ecosystem's clients count."""
    if size is None:
        return "–"
    power = 0
    while size >= 999.5 and power < len(SIZES) - 1:
        size /= 1000
        power += 1
    return f"{size:.0f} {SIZES[power]}" if power == 0 or size >= 99.95 else f"{size:.3g} {SIZES[power]}"


def duration(seconds: float | None) -> str:
    """The two largest units: `42 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return _("%(number)s s") % {"number": f"{seconds:.1f}"}
    parts = [
        (int(seconds) // 86400, _("%(number)s d")),
        (int(seconds) // 3600 % 24, _("%(number)s h")),
        (int(seconds) // 60 % 60, _("%(number)s min")),
        (int(seconds) % 60, _("%(number)s s")),
    ]
    first = next(place for place, (number, _text) in enumerate(parts) if number)
    return " ".join(text % {"number": number} for number, text in parts[first : first + 2] if number)


def distance(moment: datetime, now: datetime) -> str:
    """`5 minutes ago`, `in 2 hours`; one unit, rounded down."""
    seconds = (now - moment).total_seconds()
    past = seconds >= 0
    seconds = abs(seconds)
    if seconds < 45:
        return _("just now") if past else _("in a moment")
    if seconds < 3600:
        number = max(1, round(seconds / 60))
        text = ngettext("%(number)d minute", "%(number)d minutes", number)
    elif seconds < 86400:
        number = round(seconds / 3600)
        text = ngettext("%(number)d hour", "%(number)d hours", number)
    elif seconds < 86400 * 30:
        number = round(seconds / 86400)
        text = ngettext("%(number)d day", "%(number)d days", number)
    elif seconds < 86400 * 365:
        number = max(1, round(seconds / 86400 / 30.4))
        text = ngettext("%(number)d month", "%(number)d months", number)
    else:
        number = round(seconds / 86400 / 365.25) or 1
        text = ngettext("%(number)d year", "%(number)d years", number)
    words = text % {"number": number}
    return (_("%(time)s ago") if past else _("in %(time)s")) % {"time": words}


def ago(moment: datetime | None) -> SafeString:
    """A `<time>` that tells the distance and shows the moment itself on hovering."""
    if moment is None:
        return SafeString("–")
    exact = timezone.localtime(moment)
    return format_html(
        '<time class="nowrap" datetime="{}" title="{}">{}</time>',
        exact.isoformat(timespec="seconds"),
        exact.strftime("%Y-%m-%d %H:%M:%S %Z"),
        distance(moment, timezone.now()),
    )


def moment_text(moment: datetime | None) -> SafeString:
    """The moment itself, to the minute."""
    if moment is None:
        return SafeString("–")
    exact = timezone.localtime(moment)
    return format_html(
        '<time class="nowrap num" datetime="{}">{}</time>',
        exact.isoformat(timespec="seconds"),
        exact.strftime("%Y-%m-%d %H:%M"),
    )


def measured(value: float | None, stderr: float | None = None) -> str:
    """A measured value with as many decimals as its standard error supports."""
    if value is None or not math.isfinite(value):
        return "–"
    decimals = figures.decimals_for(stderr)
    if stderr is None and abs(value) >= 10:
        decimals = 2
    return f"{value:.{decimals}f}"


def page_numbers(count: int, current: int) -> list[int]:
    """Which pages a pager names: the ends, the current one and its neighbours; 0 stands for a gap."""
    near = {1, 2, current - 1, current, current + 1, count - 1, count}
    numbers: list[int] = []
    for number in sorted(n for n in near if 1 <= n <= count):
        if numbers and number - numbers[-1] > 1:
            numbers.append(number - 1 if number - numbers[-1] == 2 else 0)
        numbers.append(number)
    return numbers
