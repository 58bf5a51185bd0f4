"""The operator's pages of the compute pool: queues, and what owners are granted. Nobody else finds them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evals_app.compute import budgets, grants, lending, selectors, services, shares
from evals_app.compute.grants import Grants
from evals_app.compute.models import DeviceClass, Queue
from evals_app.jobs import services as jobs
from evals_app.pages.operating_forms import (
    MINUTE,
    BudgetForm,
    LimitForm,
    NewQueueForm,
    OperatorForm,
    QueueForm,
    ReserveForm,
    WeightForm,
)
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of
from hub.core.errors import HubError, InvalidInput, NotFound


@require_safe
def operate(request: HttpRequest) -> HttpResponse:
    """Queues, and the owners that were granted anything; `?owner=` leads to one of them."""
    _operator(request)
    context: dict[str, Any] = {
        "queues": selectors.queues(),
        "rows": grants.all_grants(),
        "offered": lending.offered_passes(),
    }
    if name := request.GET.get("owner", "").strip():
        try:
            return redirect("evals:owner-grants", owner=accounts.get_namespace(name).name)
        except NotFound as error:
            context |= {"owner": name, "owner_error": error.message}
    status = 422 if "owner_error" in context else 200
    return render(request, "evals/operating/overview.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def queue_new(request: HttpRequest) -> HttpResponse:
    actor = _operator(request)
    form = NewQueueForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_done(
        form, lambda: services.create_queue(form.cleaned_data["slug"], form.settings(), actor=actor)
    ):
        messages.success(request, _("The queue was made; workers that name it serve it."))
        return redirect("evals:operate")
    return _queue_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def queue_edit(request: HttpRequest, slug: str) -> HttpResponse:
    actor = _operator(request)
    queue = _queue(slug)
    form = QueueForm(request.POST if request.method == "POST" else None, initial=_values_of(queue))
    if form.is_valid() and _is_done(form, lambda: services.change_queue(queue, form.settings(), actor=actor)):
        jobs.wake_idle_workers()
        messages.success(request, _("The queue was changed; what runs goes on."))
        return redirect("evals:operate")
    return _queue_page(request, form, queue)


@require_http_methods(["GET", "HEAD", "POST"])
def owner_grants(request: HttpRequest, owner: str) -> HttpResponse:
    """Each form is sent by itself; `act` says which."""
    actor = _operator(request)
    namespace = accounts.get_namespace(owner)
    granted = grants.grants_of(namespace)
    act = request.POST.get("act", "")
    forms = _forms(granted, act, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if act not in forms:
            raise InvalidInput(_("There is no such action."), field="act")
        sent = forms[act]
        if sent.is_valid() and _is_done(sent, lambda: sent.save(actor, namespace)):
            jobs.wake_idle_workers()
            messages.success(request, _("Saved."))
            return redirect("evals:owner-grants", owner=namespace.name)
    context = {
        "owner": namespace,
        "grants": granted,
        "forms": forms,
        "budgets": [(account, forms[account.device_class]) for account in budgets.accounts_of(namespace.pk)],
    }
    status = 422 if any(form.errors for form in forms.values()) else 200
    return render(request, "evals/operating/owner.html", context, status=status)


@require_POST
def reservation_release(request: HttpRequest, reservation_id: int) -> HttpResponse:
    owner = shares.release(reservation_id, actor=_operator(request))
    jobs.wake_idle_workers()
    messages.success(request, _("The reservation has ended."))
    return redirect("evals:owner-grants", owner=owner.name)


def _operator(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.is_operator:
        raise NotFound
    return actor


def _is_done(form: OperatorForm, act: Any) -> bool:
    """False when it was refused; the refusal stands at its field then."""
    try:
        act()
    except HubError as error:
        form.refuse(error)
        return False
    return True


def _queue(slug: str) -> Queue:
    try:
        return selectors.get_queue(slug)
    except InvalidInput as error:
        raise NotFound(error.message) from None


def _values_of(queue: Queue) -> dict[str, Any]:
    values = asdict(services.settings_of(queue))
    seconds = values.pop("max_time_limit_seconds")
    return {**values, "minutes": None if seconds is None else -(-seconds // MINUTE)}


def _queue_page(request: HttpRequest, form: QueueForm, queue: Queue | None = None) -> HttpResponse:
    context = {"form": form, "queue": queue}
    return render(request, "evals/operating/queue.html", context, status=422 if form.errors else 200)


def _forms(granted: Grants, act: str, data: Any) -> dict[str, Any]:
    """By the name of their act; only the one that was sent is bound."""
    queues = selectors.queues()

    def sent(name: str) -> Any:
        return data if name == act else None

    limits = {
        row.device_class: {"soft_hours": row.soft_hours, "hard_hours": row.hard_hours}
        for row in granted.budgets
    }
    return {
        "weight": WeightForm(sent("weight"), initial={"weight": granted.weight}),
        "limit": LimitForm(sent("limit"), queues=queues, prefix="limit"),
        "reserve": ReserveForm(sent("reserve"), queues=queues, prefix="reserve"),
        **{
            class_.value: BudgetForm(
                sent(class_.value), device_class=class_, initial=limits.get(class_.value)
            )
            for class_ in DeviceClass
        },
    }
