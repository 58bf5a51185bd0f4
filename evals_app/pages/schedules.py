"""Pages of schedules: the list with its week, one with its history, making and changing them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evals_app.jobs import words
from evals_app.jobs.models import JobKind
from evals_app.pages import choices, job_forms
from evals_app.pages.job_forms import JobForm
from evals_app.pages.schedule_forms import WhenForm, preview, values_of
from evals_app.schedules import policies, selectors, services
from evals_app.schedules.models import Schedule, Trigger
from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of
from hub.core.errors import HubError, InvalidInput

PER_PAGE = 30
HISTORY_PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    schedule: Schedule
    words: str
    may_manage: bool


@require_safe
def schedule_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    visible = selectors.schedules_visible_to(actor)
    page = Paginator(visible, PER_PAGE).get_page(request.GET.get("page"))
    rows = [ScheduleRow(s, request_words(s.request), policies.may_manage(actor, s)) for s in page]
    context = {"page": page, "rows": rows, "week": selectors.coming_week(visible)}
    return render(request, "evals/schedules/list.html", context)


@require_safe
def schedule_detail(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    schedule = selectors.get_schedule_for(actor, schedule_id)
    runs = Paginator(selectors.history_of(schedule), HISTORY_PER_PAGE)
    context = {
        "schedule": schedule,
        "words": request_words(schedule.request),
        "may_manage": policies.may_manage(actor, schedule),
        "page": runs.get_page(request.GET.get("page")),
        "preview": None
        if schedule.is_paused or not schedule.cron
        else preview(schedule.cron, schedule.time_zone),
    }
    return render(request, "evals/schedules/detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def schedule_new(request: HttpRequest) -> HttpResponse:
    """Two forms in one. A job form sent here without a calendar is only taken over, to be completed."""
    actor = actor_of(request)
    kind = request.GET.get("kind") or JobKind.EVALUATE
    is_sent = request.method == "POST" and "trigger" in request.POST
    data = request.POST if is_sent else None
    given = request.POST.dict() if request.method == "POST" else request.GET.dict()
    given = choices.prefilled(actor, kind, given)
    zone = selectors.last_time_zone(actor)
    suggested = {"name": _name_for(kind, given), "trigger": given.get("trigger", Trigger.CALENDAR)}
    when = WhenForm(data, initial={**suggested, "time_zone": zone or "UTC"}, zone_is_known=bool(zone))
    form = _job_form(actor, kind, data, given)
    # Both are asked, so that all that is wrong is shown at once.
    if is_sent and "preview" not in request.POST and all([when.is_valid(), form.is_valid()]):
        schedule = _saved(when, form, lambda **draft: services.create(actor, **draft))
        if schedule is not None:
            messages.success(request, _("The schedule was made."))
            return redirect(schedule)
    return _edit_page(request, actor, when, form, {"kind": kind, "kinds": job_forms.kinds()})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def schedule_edit(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    schedule = selectors.get_schedule_for(actor, schedule_id)
    services.require(actor, schedule)
    data = request.POST if request.method == "POST" else None
    when = WhenForm(data, initial=values_of(schedule))
    form = _job_form(actor, schedule.request["kind"], data, job_forms.initial_of(schedule.request))
    if data is not None and "preview" not in data and all([when.is_valid(), form.is_valid()]):
        # Labels are given by programs; the form has no field for them.
        labels = {"labels": schedule.request.get("labels") or {}}
        changed = _saved(
            when,
            form,
            lambda request, **draft: services.update(actor, schedule, request={**request, **labels}, **draft),
        )
        if changed is not None:
            messages.success(request, _("The schedule was changed; from now on it runs with your rights."))
            return redirect(changed)
    return _edit_page(request, actor, when, form, {"schedule": schedule})


@login_required
@require_safe
def schedule_preview(request: HttpRequest) -> HttpResponse:
    """The next dates of a calendar that is being typed."""
    seen = preview(request.GET.get("cron", ""), request.GET.get("time_zone") or "UTC")
    return render(request, "evals/schedules/preview.html", {"preview": seen})


@require_POST
def schedule_act(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """One door for the buttons; `act` says which."""
    actor = actor_of(request)
    schedule = selectors.get_schedule_for(actor, schedule_id)
    act = request.POST.get("act", "")
    if act == "run-now":
        jobs = services.run_now(actor, schedule)
        if len(jobs) == 1:
            messages.success(request, _("The job was submitted."))
            return redirect(jobs[0])
        told = ngettext("%(number)s job submitted.", "%(number)s jobs submitted.", len(jobs))
        messages.success(request, told % {"number": len(jobs)})
        return redirect(schedule)
    if act not in ACTS:
        raise InvalidInput(_("There is no such action."))
    service, done = ACTS[act]
    service(actor, schedule)
    messages.success(request, str(done))
    return redirect("evals:schedule-list") if act == "delete" else redirect(schedule)


ACTS: dict[str, tuple[Callable[[Actor, Schedule], Any], object]] = {
    "pause": (services.pause, gettext_lazy("The schedule is paused.")),
    "resume": (services.resume, gettext_lazy("The schedule goes on.")),
    "delete": (services.delete, gettext_lazy("The schedule was deleted; its jobs stay.")),
}


def request_words(request: dict[str, Any]) -> str:
    """A job request in one line."""
    return words.request_title(str(request.get("kind")), words.names_in(request)) or str(request.get("kind"))


def _name_for(kind: str, given: Mapping[str, Any]) -> str:
    """What a schedule of this job may be called, so that the form can be sent as it stands."""
    return words.request_title(kind, words.names_in(given))[:120]


def _job_form(actor: Actor, kind: str, data: Any, initial: dict[str, Any]) -> JobForm:
    return job_forms.form_for(
        kind,
        data,
        initial=initial,
        upstreams=settings.UPSTREAM_HUBS,
        owners=choices.owners(actor),
        queues=choices.queue_slugs(),
    )


def _saved(when: WhenForm, form: JobForm, save: Callable[..., Schedule]) -> Schedule | None:
    """None when it was refused; the refusal stands at its field then."""
    try:
        return save(**when.as_draft(), request=form.as_request())
    except HubError as error:
        if not when.refuse(error):
            form.refuse(error)
        return None


def _edit_page(
    request: HttpRequest, actor: Actor, when: WhenForm, form: JobForm, more: dict[str, object]
) -> HttpResponse:
    context = {"when": when, "form": form, "suggestions": choices.suggestions(actor)}
    context |= {**choices.strained(actor), **more}
    status = 422 if form.errors or when.errors else 200
    return render(request, "evals/schedules/edit.html", context, status=status)
