"""When a calendar line comes round. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _

from hub.core.errors import InvalidInput

# Work that is due more often is not work for a calendar.
LEAST_PAUSE = timedelta(minutes=5)
SHOWN_RUNS = 5
# Names that calendars of other programs know.
ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def normal(cron: str) -> str:
    """The line with one space between its fields, an alias written out."""
    return ALIASES.get(cron.strip().lower(), " ".join(cron.split()))


def next_run(cron: str, zone: str, after: datetime) -> datetime:
    """The first moment later than `after`, in UTC. The five fields are read in the zone's own time, so
    that 08:00 stays 08:00 when the clocks change; a time that the change skips falls on the next one
    that exists. InvalidInput for a line or zone that cannot be, or that never comes.
    """
    try:
        return next(_runs(cron, zone, after))
    except StopIteration:
        raise InvalidInput(_("“%(line)s” never comes.") % {"line": cron[:100]}, field="cron") from None


def next_runs(cron: str, zone: str, after: datetime, count: int = SHOWN_RUNS) -> list[datetime]:
    return list(islice(_runs(cron, zone, after), count))


def runs_between(cron: str, zone: str, after: datetime, until: datetime, limit: int) -> list[datetime]:
    """Those later than `after` and not later than `until`, oldest first; the first `limit` of them."""
    return list(islice(takewhile(lambda moment: moment <= until, _runs(cron, zone, after)), limit))


def last_runs(cron: str, zone: str, since: datetime, until: datetime, limit: int) -> list[datetime]:
    """Those from `since` to `until`, both included, oldest first; the last `limit` of them."""
    back = _runs(cron, zone, until + timedelta(seconds=1), reverse=True)
    return list(islice(takewhile(lambda moment: moment >= since, back), limit))[::-1]


def check(cron: str, zone: str, after: datetime) -> datetime:
    """`next_run`, after a refusal of lines that come too often."""
    first = moment = next_run(cron, zone, after)
    for following in next_runs(cron, zone, moment):
        if following - moment < LEAST_PAUSE:
            minutes = int(LEAST_PAUSE.total_seconds() // 60)
            text = _("At least %(minutes)d minutes must lie between two runs.")
            raise InvalidInput(text % {"minutes": minutes}, field="cron")
        moment = following
    return first


def _runs(cron: str, zone: str, start: datetime, *, reverse: bool = False) -> Iterator[datetime]:
    """In UTC, from `start` on without it, or back from it."""
    local = start.astimezone(_zone(zone))
    try:
        for moment in CronSim(_five_fields(normal(cron)), local, reverse=reverse):
            yield moment.astimezone(UTC)
    except (CronSimError, ValueError) as error:
        raise InvalidInput(
            _(
                "“%(line)s” is no calendar line (%(problem)s). Write minute, hour, day, month and weekday, "
                "as in `0 6 * * 1`."
            )
            % {"line": cron[:100], "problem": error},
            field="cron",
        ) from None


def _five_fields(cron: str) -> str:
    if len(cron) > 120 or len(cron.split()) != 5:
        raise ValueError("five fields are needed")
    return cron


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise InvalidInput(
            _("“%(name)s” is no time zone; write one like Europe/Paris or UTC.") % {"name": name[:64]},
            field="time_zone",
        )
    return ZoneInfo(name)
