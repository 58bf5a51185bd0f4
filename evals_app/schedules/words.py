"""Calendar lines as people say them."""

from __future__ import annotations

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from evals_app.schedules import calendar

ENGLISH_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def in_words(cron: str) -> str:
    """Empty for a line that is not one of the usual kinds; the next dates tell what it means then."""
    fields = calendar.normal(cron).split()
    if len(fields) != 5:
        return ""
    minute, hour, day, month, weekday = fields
    if month != "*" or not _is_within(minute, 0, 59):
        return ""
    if (hour, day, weekday) == ("*", "*", "*"):
        return _("every hour at minute %(minute)s") % {"minute": int(minute)}
    if not _is_within(hour, 0, 23):
        return ""
    time = {"time": f"{int(hour):02}:{int(minute):02}"}
    if (day, weekday) == ("*", "*"):
        return _("every day at %(time)s") % time
    if (day, weekday.lower()) in {("*", "1-5"), ("*", "mon-fri")}:
        return _("Monday to Friday at %(time)s") % time
    if day == "*" and (name := _weekday(weekday)):
        return _("every %(weekday)s at %(time)s") % {**time, "weekday": name}
    if weekday == "*" and _is_within(day, 1, 31):
        return _("on day %(day)s of each month at %(time)s") % {**time, "day": int(day)}
    return ""


def _is_within(field: str, least: int, most: int) -> bool:
    return field.isascii() and field.isdecimal() and least <= int(field) <= most


def _weekday(field: str) -> str:
    """The name of one day; empty for anything else."""
    if field.lower() in ENGLISH_DAYS:
        number = ENGLISH_DAYS.index(field.lower())
    elif _is_within(field, 0, 7):
        number = int(field)
    else:
        return ""
    # Sunday is 0 or 7 here, and 6 where names are kept.
    return str(WEEKDAYS[(number - 1) % 7])
