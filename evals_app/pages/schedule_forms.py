"""When a job is submitted again, as a form; what is right is decided by `schedules.drafts`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from evals_app.schedules import calendar, drafts, words
from evals_app.schedules.models import MissedRuns, Schedule, Telling, Trigger
from hub.core.clock import now
from hub.core.errors import HubError, InvalidInput

MINUTE = 60
USUAL_CALENDARS = ("0 3 * * *", "0 3 * * 1-5", "0 3 * * 1", "0 3 1 * *")


class WhenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    trigger = forms.ChoiceField(label=_("When"), choices=Trigger.choices)
    cron = forms.CharField(
        label=_("Calendar"),
        max_length=120,
        initial="0 3 * * *",
        required=False,
        help_text=_("Minute, hour, day of the month, month, day of the week."),
        widget=forms.TextInput(attrs={"list": "calendars", "autocomplete": "off", "spellcheck": "false"}),
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        initial="UTC",
        required=False,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    missed_runs = forms.ChoiceField(
        label=_("Dates that passed while the hub was down"),
        choices=MissedRuns.choices,
        initial=MissedRuns.ONCE,
    )
    watch = forms.CharField(
        label=_("Watch"),
        max_length=200,
        required=False,
        help_text=_("model:namespace/name or dataset:namespace/name; empty for what the job is about."),
    )
    debounce_minutes = forms.IntegerField(
        label=_("Wait for further commits"),
        min_value=0,
        max_value=drafts.MOST_DEBOUNCE // MINUTE,
        initial=5,
        help_text=_("Minutes; commits that come closer together count as one."),
    )
    allow_overlap = forms.BooleanField(label=_("Begin also while the run before is not over"), required=False)
    tell = forms.ChoiceField(label=_("Tell me of"), choices=Telling.choices, initial=Telling.FAILURES)

    def __init__(self, *args: Any, zone_is_known: bool = True, **kwargs: Any) -> None:
        """Without a known time zone the browser proposes its own."""
        super().__init__(*args, **kwargs)
        if not zone_is_known:
            self.fields["time_zone"].widget.attrs["data-browser-zone"] = ""

    @staticmethod
    def usual_calendars() -> list[tuple[str, str]]:
        return [(line, words.in_words(line)) for line in USUAL_CALENDARS]

    @staticmethod
    def zones() -> list[str]:
        return sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")

    def common_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "trigger", "tell", "allow_overlap")]

    def calendar_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("cron", "time_zone", "missed_runs")]

    def event_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("watch", "debounce_minutes")]

    def as_draft(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        given["debounce_seconds"] = given.pop("debounce_minutes") * MINUTE
        given["time_zone"] = given["time_zone"] or "UTC"
        return given

    def refuse(self, error: HubError) -> bool:
        """Whether the refusal is about one of these fields; it is shown there."""
        field = {"debounce_seconds": "debounce_minutes"}.get(
            str(error.fields.get("field", "")), str(error.fields.get("field", ""))
        )
        if field in self.fields:
            self.add_error(field, error.message)
        return field in self.fields

    def preview(self) -> Preview:
        return preview(self["cron"].value() or "", self["time_zone"].value() or "UTC")


class Preview:
    """The next dates in the zone's own time, or why there are none."""

    def __init__(self, runs: Iterable[datetime] = (), words: str = "", problem: str = "") -> None:
        self.runs, self.words, self.problem = list(runs), words, problem


def preview(cron: str, time_zone: str) -> Preview:
    moment = now()
    try:
        calendar.check(cron, time_zone, moment)
        runs = calendar.next_runs(cron, time_zone, moment)
    except InvalidInput as error:
        return Preview(problem=error.message)
    zone = ZoneInfo(time_zone)
    return Preview((run.astimezone(zone) for run in runs), words.in_words(cron))


def preview_of(schedule: Schedule) -> Preview | None:
    """None where no date is known: paused, or waiting for an event."""
    if schedule.is_paused or not schedule.cron:
        return None
    return preview(schedule.cron, schedule.time_zone)


def values_of(schedule: Schedule) -> dict[str, Any]:
    """What the form shows of a schedule that is changed."""
    draft = drafts.draft_of(schedule)
    return {
        "name": draft.name,
        "trigger": draft.trigger,
        "cron": draft.cron or "0 3 * * *",
        "time_zone": draft.time_zone,
        "missed_runs": draft.missed_runs,
        "watch": draft.watch,
        "debounce_minutes": draft.debounce_seconds // MINUTE,
        "allow_overlap": draft.allow_overlap,
        "tell": draft.tell,
    }
