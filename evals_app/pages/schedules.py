"""Pages of schedules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evals_app.jobs.models import JobKind
from evals_app.pages import choices, job_forms
from evals_app.schedules import policies, selectors, services
from evals_app.schedules.models import Schedule
from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of
from hub.core.errors import HubError, InvalidInput

PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    schedule: Schedule
    words: str
    may_manage: bool


class CalendarForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    cron = forms.CharField(label=gettext_lazy("Calendar"), max_length=120, initial="0 3 * * *")
    time_zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=64, initial="UTC")


@require_safe
def schedule_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    page = Paginator(selectors.schedules_visible_to(actor), PER_PAGE).get_page(request.GET.get("page"))
    rows = [ScheduleRow(s, request_words(s.request), policies.may_manage(actor, s)) for s in page]
    return render(request, "evals/schedules/list.html", {"page": page, "rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def schedule_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    kind = request.GET.get("kind") or JobKind.EVALUATE
    data = request.POST if request.method == "POST" else None
    calendar = CalendarForm(data)
    form = job_forms.form_for(
        kind,
        data,
        initial=request.GET.dict(),
        upstreams=settings.UPSTREAM_HUBS,
        owners=choices.owners(actor),
        queues=choices.queue_slugs(),
    )
    # Both are asked, so that all that is wrong is shown at once.
    if data is not None and all([calendar.is_valid(), form.is_valid()]) and _created(actor, calendar, form):
        messages.success(request, _("The schedule was made."))
        return redirect("evals:schedule-list")
    context = {
        "calendar": calendar,
        "form": form,
        "kind": kind,
        "kinds": JobKind.choices,
        "suggestions": choices.suggestions(actor),
    }
    status = 422 if form.errors or calendar.errors else 200
    return render(request, "evals/schedules/new.html", context, status=status)


def _created(actor: Actor, calendar: CalendarForm, form: job_forms.JobForm) -> bool:
    try:
        services.create(actor, **calendar.cleaned_data, request=form.as_request())
    except HubError as error:
        field = str(error.fields.get("field", ""))
        if field in calendar.fields:
            calendar.add_error(field, error.message)
        else:
            form.refuse(error)
        return False
    return True


@require_POST
def schedule_act(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """One door for the buttons of a row; `act` says which."""
    actor = actor_of(request)
    schedule = selectors.get_schedule_for(actor, schedule_id)
    act = request.POST.get("act", "")
    if act == "run-now":
        job = services.run_now(actor, schedule)
        messages.success(request, _("The job was submitted."))
        return redirect("evals:job-detail", job_id=job.pk)
    if act not in ACTS:
        raise InvalidInput(_("There is no such action."))
    service, done = ACTS[act]
    service(actor, schedule)
    messages.success(request, str(done))
    return redirect("evals:schedule-list")


ACTS: dict[str, tuple[Callable[[Actor, Schedule], Any], object]] = {
    "pause": (services.pause, gettext_lazy("The schedule is paused.")),
    "resume": (services.resume, gettext_lazy("The schedule goes on.")),
    "delete": (services.delete, gettext_lazy("The schedule was deleted; its jobs stay.")),
}


def request_words(request: dict[str, Any]) -> str:
    """A job request in one line."""
    match request.get("kind"):
        case JobKind.EVALUATE:
            text = _("Evaluate %(model)s on %(benchmark)s")
        case JobKind.FINE_TUNE:
            text = _("Fine-tune %(output)s on %(dataset)s")
        case _other:
            text = _("Pull %(source)s from %(upstream)s")
    return text % request
