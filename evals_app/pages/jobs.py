"""Pages of jobs: the list, the guided forms, one job with its live parts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evals_app.compute import budgets
from evals_app.compute import policies as compute_policies
from evals_app.compute import selectors as compute
from evals_app.jobs import (
    listing,
    policies,
    repeating,
    requests,
    selectors,
    services,
    suites,
    waiting,
)
from evals_app.jobs.artefacts import artefacts_of
from evals_app.jobs.models import Job, JobKind, JobState
from evals_app.pages import choices, job_charts, job_forms, job_logs, job_view
from evals_app.runs import selectors as runs
from evals_app.schedules import services as schedules
from evals_app.schedules.models import Schedule
from evals_app.schedules.selectors import find_schedule_for
from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of
from hub.core.errors import HubError

PER_PAGE = 30
# How the second button of the form repeats a job; the schedule's page has the rest.
REPEATS = {
    "revision": {"trigger": "revision"},
    "night": {"trigger": "calendar", "cron": "0 3 * * *"},
    "week": {"trigger": "calendar", "cron": "0 3 * * 1"},
}


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    given = request.GET
    wanted = listing.JobFilter(
        states=tuple(filter(None, [given.get("state")])),
        kind=given.get("kind", ""),
        owner=given.get("owner", ""),
        queue=given.get("queue", ""),
        model=given.get("model", ""),
    )
    cursor = given.get("cursor", "")
    page = listing.page_of(listing.list_jobs(actor_of(request), wanted), cursor, PER_PAGE)
    reasons = waiting.waiting_reasons(page.items)
    context = {
        "rows": [(job, reasons[job.pk]) for job in page.items],
        "next_cursor": page.next_cursor,
        "is_first": not cursor,
        "wanted": wanted,
        "state": given.get("state", ""),
        "states": JobState.choices,
        "kinds": JobKind.choices,
        "queues": [queue.slug for queue in compute.queues()],
        "is_live": any(job_view.is_live(job) for job in page.items),
    }
    return render(
        request, "evals/jobs/rows.html" if _is_fragment(request) else "evals/jobs/list.html", context
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def job_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    initial = _initial(actor, request)
    kind = initial.get("kind") or JobKind.EVALUATE
    form = job_forms.form_for(
        kind,
        request.POST if request.method == "POST" else None,
        initial=choices.prefilled(actor, kind, initial),
        upstreams=settings.UPSTREAM_HUBS,
        owners=choices.owners(actor),
        queues=choices.queue_slugs(),
    )
    if request.method == "POST" and form.is_valid() and (made := _made(request, actor, form)):
        return redirect(made)
    context = {
        "form": form,
        "kind": kind,
        "kinds": job_forms.kinds(),
        "suggestions": choices.suggestions(actor),
        **choices.strained(actor),
    }
    return render(request, "evals/jobs/new.html", context, status=422 if form.errors else 200)


def _initial(actor: Actor, request: HttpRequest) -> dict[str, Any]:
    """What the address says, on top of the request of a job that is to be copied."""
    given: dict[str, Any] = request.GET.dict()
    if not (copied := given.pop("clone", "")):
        return given
    original = repeating.request_of(selectors.get_job_for(actor, copied))
    return {**job_forms.initial_of(requests.as_json(original)), **given}


def _made(request: HttpRequest, actor: Actor, form: job_forms.JobForm) -> Job | Schedule | str | None:
    """Where to go: the job, the list of a suite's jobs, or with the second button a schedule of them; None
    when it was refused."""
    asked = form.as_request()
    try:
        if request.POST.get("act") == "schedule":
            schedule = schedules.create(
                actor, name=job_view.schedule_name(asked), request=asked, **_repeat(request)
            )
            messages.success(request, _("The schedule was made."))
            return schedule
        jobs = suites.submit_any(actor, asked)
    except HubError as error:
        form.refuse(error)
        return None
    if "suite" not in asked:
        messages.success(request, _("The job was submitted."))
        return jobs[0]
    told = ngettext("%(number)s job submitted.", "%(number)s jobs submitted.", len(jobs))
    messages.success(request, told % {"number": len(jobs)})
    return f"{reverse('evals:job-list')}?{urlencode({'owner': jobs[0].owner.name})}"


def _repeat(request: HttpRequest) -> dict[str, str]:
    return REPEATS.get(request.POST.get("repeat", ""), REPEATS["revision"])


@require_safe
def job_detail(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The page, or its live part alone when htmx asks for it."""
    actor = actor_of(request)
    job = selectors.get_job_for(actor, job_id)
    context: dict[str, object] = {
        "job": job,
        "is_live": job_view.is_live(job),
        "failure": job_view.failure_of(job),
        "waiting": waiting.waiting_reason(job),
        "transitions": selectors.transitions_of(job),
        "runs": runs.runs_of_job(actor, job),
        "artefacts": artefacts_of(job),
        "remaining": selectors.remaining_seconds(job),
        "may_manage": policies.may_manage(actor, job),
        "may_rerun": policies.may_submit_for(actor, job.owner),
        "strains": _strains(actor, job),
        "until": budgets.next_month(budgets.this_month()),
        "environment": job_view.environment_facts(job),
    }
    if _is_fragment(request):
        return render(request, "evals/jobs/live.html", context | {"is_part": True})
    context |= {
        "order": job_view.order_facts(job),
        "schedule": find_schedule_for(actor, job.schedule_id) if job.schedule_id else None,
        "settings": job_view.facts_of(job.spec.get("settings")),
        "spec": job_view.spec_text(job),
    }
    context |= job_logs.first_part(request, job) | job_charts.context_of(job)
    return render(request, "evals/jobs/detail.html", context)


def _strains(actor: Actor, job: Job) -> list[budgets.Strain]:
    """The limits that a waiting or running job's owner has passed, for those who may see its budget."""
    if not job_view.is_live(job) or not compute_policies.may_see_budget(actor, job.owner):
        return []
    strains = budgets.strains_of([job.owner])
    return [strain for strain in strains if strain.account.device_class == job.queue.device_class]


@require_POST
def job_cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    job = services.cancel(actor, selectors.get_job_for(actor, job_id))
    is_ended = job.state == JobState.CANCELLED
    messages.info(request, _("The job was cancelled.") if is_ended else _("The engine is being stopped."))
    return redirect("evals:job-detail", job_id=job.pk)


@require_POST
def job_rerun(request: HttpRequest, job_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    job = services.rerun(actor, selectors.get_job_for(actor, job_id))
    messages.success(request, _("The same job was submitted again, at the same commits."))
    return redirect("evals:job-detail", job_id=job.pk)


def _is_fragment(request: HttpRequest) -> bool:
    return bool(request.htmx) and not request.htmx.boosted  # type: ignore[attr-defined]
