"""Models behind other addresses: what a person's namespaces have, a new one, and the end of one."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from evals_app.catalog import endpoints
from evals_app.catalog.endpoints import Wish
from evals_app.catalog.models import EndpointApi
from evals_app.pages import choices
from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of
from hub.core.errors import HubError


class EndpointForm(forms.Form):
    owner = forms.ChoiceField(
        label=gettext_lazy("Owner"), help_text=gettext_lazy("Who pays for it, and whose members may use it.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    base_url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        help_text=gettext_lazy("Up to the version, without /chat/completions."),
        widget=forms.URLInput(attrs={"placeholder": "https://api.example.org/v1", "autocomplete": "off"}),
    )
    model = forms.CharField(
        label=gettext_lazy("Model"),
        max_length=200,
        help_text=gettext_lazy("The name the server knows it by."),
    )
    api = forms.ChoiceField(label=gettext_lazy("API"), choices=EndpointApi.choices)
    key = forms.CharField(
        label=gettext_lazy("Key"),
        required=False,
        max_length=endpoints.MAX_KEY,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Kept encrypted; nobody is shown it again."),
    )
    tokenizer = forms.CharField(
        label=gettext_lazy("Tokenizer"),
        required=False,
        help_text=gettext_lazy(
            "namespace/name of a model on this hub with the same tokenizer; needed for likelihoods only."
        ),
    )
    context = forms.IntegerField(
        label=gettext_lazy("Context"), initial=4096, min_value=16, help_text=gettext_lazy("Tokens it sees.")
    )

    def __init__(self, actor: Actor, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        owners = [(n.name, n.name) for n in choices.owners(actor)]
        self.fields["owner"].choices = owners  # type: ignore[attr-defined]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = EndpointForm(actor, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            endpoints.create(actor, Wish(**form.cleaned_data))
        except HubError as error:
            field = str(error.fields.get("field", ""))
            form.add_error(field if field in form.fields else None, error.message)
        else:
            messages.success(request, _("The endpoint is registered."))
            return redirect("evals:endpoint-list")
    context = {"form": form, "endpoints": endpoints.visible_to(actor)}
    return render(request, "evals/endpoints.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def endpoint_delete(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    actor = actor_of(request)
    endpoints.delete(actor, endpoints.get_for(actor, f"{namespace}/{name}"))
    messages.success(request, _("The endpoint is gone; its runs stay."))
    return redirect("evals:endpoint-list")
