"""A person's webhooks: making and changing them, what was sent, sending it again."""

from __future__ import annotations

import json

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.accounts.models import User
from hub.accounts.requests import actor_of
from hub.core.errors import HubError
from hub.site.account_forms import show_error
from hub.site.sessions import signed_in
from hub.site.webhook_forms import WebhookForm
from hub.webhooks import selectors, services

WITH_FORM = ["GET", "HEAD", "POST"]
DELIVERIES_SHOWN = 20


@require_http_methods(WITH_FORM)
@signed_in
def webhooks(request: HttpRequest, user: User) -> HttpResponse:
    form = WebhookForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            made = services.create(actor_of(request), form.wish())
        except HubError as error:
            show_error(form, error)
        else:
            messages.success(request, _("The webhook is made."))
            return redirect("site:webhook", made.pk)
    context = {"form": form, "webhooks": selectors.webhooks_of(user)}
    return render(request, "site/webhooks/list.html", context, status=400 if form.errors else 200)


@require_http_methods(WITH_FORM)
@signed_in
def webhook(request: HttpRequest, user: User, webhook_id: str) -> HttpResponse:
    found = selectors.get(user, webhook_id)
    form = WebhookForm(request.POST) if request.method == "POST" else WebhookForm.of(found)
    if form.is_bound and form.is_valid():
        try:
            services.update(actor_of(request), found, form.wish())
        except HubError as error:
            show_error(form, error)
        else:
            messages.success(request, _("The webhook is saved."))
            return redirect("site:webhook", found.pk)
    page = Paginator(selectors.deliveries_of(found), DELIVERIES_SHOWN).get_page(request.GET.get("page"))
    rows = [(delivery, json.dumps(delivery.payload, indent=2, ensure_ascii=False)) for delivery in page]
    context = {"webhook": found, "form": form, "page": page, "rows": rows}
    return render(request, "site/webhooks/detail.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def switch(request: HttpRequest, user: User, webhook_id: str) -> HttpResponse:
    found = selectors.get(user, webhook_id)
    services.set_disabled(actor_of(request), found, not found.is_disabled)
    return redirect("site:webhook", found.pk)


@require_POST
@signed_in
def delete(request: HttpRequest, user: User, webhook_id: str) -> HttpResponse:
    services.delete(actor_of(request), selectors.get(user, webhook_id))
    messages.success(request, _("The webhook is gone."))
    return redirect("site:webhooks")


@require_POST
@signed_in
def replay(request: HttpRequest, user: User, webhook_id: str, delivery_id: int) -> HttpResponse:
    found = selectors.get(user, webhook_id)
    try:
        services.replay(actor_of(request), selectors.get_delivery(found, delivery_id))
        messages.success(request, _("It will be sent once more."))
    except HubError as error:
        messages.error(request, _(error.message))
    return redirect("site:webhook", found.pk)
