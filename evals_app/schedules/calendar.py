"""When a calendar line comes round next. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from hub.core.errors import InvalidInput

# Work that is due more often is not work for a calendar.
LEAST_PAUSE = timedelta(minutes=5)
SHOWN_RUNS = 5


def next_run(cron: str, zone: str, after: datetime) -> datetime:
    """The first moment later than `after`, in UTC. The five fields are read in the zone's own time, so
    that 08:00 stays 08:00 when the clocks change; a time that the change skips falls on the next one
    that exists. InvalidInput for a line or zone that cannot be, or that never comes.
    """
    local = after.astimezone(_zone(zone))
    try:
        moment: datetime = next(CronSim(_five_fields(cron), local))
        return moment.astimezone(UTC)
    except (CronSimError, ValueError) as error:
        raise InvalidInput(
            f"{cron!r:.100} is no calendar line ({error}). Write minute, hour, day, month and weekday, "
            "as in `0 6 * * 1`.",
            field="cron",
        ) from None
    except StopIteration:
        raise InvalidInput(f"{cron!r:.100} never comes.", field="cron") from None


def check(cron: str, zone: str, after: datetime) -> datetime:
    """`next_run`, after a refusal of lines that come too often."""
    first = moment = next_run(cron, zone, after)
    for _ in range(SHOWN_RUNS):
        following = next_run(cron, zone, moment)
        if following - moment < LEAST_PAUSE:
            minutes = int(LEAST_PAUSE.total_seconds() // 60)
            raise InvalidInput(f"At least {minutes} minutes must lie between two runs.", field="cron")
        moment = following
    return first


def _five_fields(cron: str) -> str:
    if len(cron) > 120 or len(cron.split()) != 5:
        raise ValueError("five fields are needed")
    return " ".join(cron.split())


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise InvalidInput(
            f"{name!r:.64} is no time zone; write one like Europe/Paris or UTC.", field="time_zone"
        )
    return ZoneInfo(name)
