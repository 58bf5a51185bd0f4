"""Pages of suites, and the import of benchmarks."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from evals_app.catalog import imports, selectors
from evals_app.catalog.harness_tasks import MAX_BYTES
from evals_app.jobs import suites as suite_jobs
from evals_app.pages import choices
from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of
from hub.core.errors import HubError

PER_PAGE = 30


class SuiteForm(forms.Form):
    owner = forms.ChoiceField(label=gettext_lazy("Owner"))
    queue = forms.ChoiceField(label=gettext_lazy("Queue"))
    model = forms.CharField(
        label=gettext_lazy("Model"), help_text=gettext_lazy("namespace/name of a model on this hub.")
    )

    def __init__(self, actor: Actor, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["owner"].choices = [(n.name, n.name) for n in choices.owners(actor)]  # type: ignore[attr-defined]
        self.fields["queue"].choices = [(slug, slug) for slug in choices.queue_slugs()]  # type: ignore[attr-defined]


class ImportForm(forms.Form):
    task = forms.CharField(
        label=gettext_lazy("Task file"),
        max_length=MAX_BYTES,
        strip=False,
        help_text=gettext_lazy("The YAML of one task."),
        widget=forms.Textarea(attrs={"rows": 16, "class": "mono", "spellcheck": "false"}),
    )


@require_safe
def suite_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(selectors.suites_visible_to(actor_of(request)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "evals/suites/list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def suite_detail(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    actor = actor_of(request)
    suite = selectors.get_suite(actor, namespace, name)
    if request.method == "POST" and not actor.is_authenticated:
        return redirect("account_login")
    form = (
        SuiteForm(actor, request.POST if request.method == "POST" else None)
        if actor.is_authenticated
        else None
    )
    if form is not None and form.is_bound and form.is_valid():
        try:
            jobs = suite_jobs.submit(actor, suite, form.cleaned_data)
        except HubError as error:
            field = str(error.fields.get("field", ""))
            form.add_error(field if field in form.fields else None, error.message)
        else:
            told = ngettext("%(number)s job submitted.", "%(number)s jobs submitted.", len(jobs))
            messages.success(request, told % {"number": len(jobs)})
            return redirect("evals:job-list")
    status = 422 if form is not None and form.errors else 200
    context = {"suite": suite, "form": form, **(choices.strained(actor) if form else {})}
    return render(request, "evals/suites/detail.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def benchmark_import(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST if request.method == "POST" else None)
    declaration = ""
    if form.is_bound and form.is_valid():
        try:
            declaration = imports.from_harness(actor_of(request), form.cleaned_data["task"])
        except HubError as error:
            form.add_error("task", error.message)
    context = {"form": form, "declaration": declaration}
    return render(request, "evals/benchmarks/import.html", context, status=422 if form.errors else 200)
