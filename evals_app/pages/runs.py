"""Pages of runs: what was measured, in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evals_app.contamination import selectors as contamination
from evals_app.pages.disputes import trust_of
from evals_app.pages.job_view import Fact, facts_of
from evals_app.runs import answers, reproduce, selectors
from evals_app.runs.models import Run, ScoreState
from hub.accounts.requests import actor_of
from hub.core.errors import HubError

PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class FactGroup:
    title: str
    facts: list[Fact]


@require_safe
def run_list(request: HttpRequest) -> HttpResponse:
    model, benchmark, state = (request.GET.get(name, "").strip() for name in ("model", "benchmark", "state"))
    visible = selectors.runs_visible_to(actor_of(request))
    runs = selectors.named(visible, model=model, benchmark=benchmark, state=state)
    context = {
        "page": Paginator(runs, PER_PAGE).get_page(request.GET.get("page")),
        "model": model,
        "benchmark": benchmark,
        "state": state,
        "states": ScoreState.choices,
    }
    return render(request, "evals/runs/list.html", context)


@require_safe
def run_detail(request: HttpRequest, run_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    run = selectors.get_run_for(actor, run_id)
    context: dict[str, Any] = {
        "run": run,
        "command": reproduce.command(run, _hub_url(request)),
        "may_see_answers": selectors.may_see_answers(actor, run),
        "samples_url": _samples_url(run),
        "overlaps": contamination.flags_of_run(actor, run),
        **trust_of(actor, run),
        "groups": [
            FactGroup(_("What was loaded"), facts_of(run.provenance)),
            FactGroup(_("Settings"), facts_of(run.settings)),
            FactGroup(_("Seeds"), facts_of(run.seeds)),
            FactGroup(_("Hardware"), facts_of(run.hardware)),
            FactGroup(_("Environment"), facts_of(run.environment)),
        ],
    }
    return render(request, "evals/runs/detail.html", context)


@require_safe
def run_samples(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """A page of its own, or, asked by htmx, the part that shows the answers."""
    actor = actor_of(request)
    run = selectors.get_run_for(actor, run_id)
    show = request.GET.get("show", answers.Show.ALL)
    number = max(1, int(text)) if (text := request.GET.get("page", "1")).isdecimal() else 1
    context: dict[str, Any] = {
        "run": run,
        "show": show,
        "may_filter": answers.may_filter(run),
        "shows": [("all", _("All")), ("right", _("Right")), ("wrong", _("Wrong"))],
    }
    try:
        found = answers.page_of(actor, run, offset=(number - 1) * answers.PER_PAGE, show=show)
        context["page"] = Page(found.answers, number, Paginator(range(found.total), answers.PER_PAGE))
    except HubError as error:
        context["problem"] = error.message
    part = "answers" if request.headers.get("HX-Request") else "samples"
    return render(request, f"evals/runs/{part}.html", context)


def _hub_url(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _samples_url(run: Run) -> str:
    if not run.samples_repository:
        return ""
    return f"/datasets/{run.samples_repository}/blob/{run.samples_commit or 'main'}/{run.samples_path}"
