"""The browser's side of signing in a program by a code."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hub.accounts import device_logins
from hub.accounts.models import TokenScope, User
from hub.core.errors import HubError
from hub.site.account_forms import show_error
from hub.site.sessions import signed_in


class DeviceForm(forms.Form):
    user_code = forms.CharField(label=gettext_lazy("Code"), max_length=20)
    scope = forms.ChoiceField(
        label=gettext_lazy("What the program may do"),
        choices=[
            (TokenScope.WRITE, gettext_lazy("Write: everything you can do, except the operator's pages")),
            (TokenScope.READ, gettext_lazy("Read: everything you can see")),
        ],
        initial=TokenScope.WRITE,
        widget=forms.RadioSelect,
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Ends after"),
        coerce=int,
        choices=[
            (7, gettext_lazy("7 days")),
            (30, gettext_lazy("30 days")),
            (90, gettext_lazy("90 days")),
        ],
        initial=30,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def device(request: HttpRequest, user: User) -> HttpResponse:
    """A link brings the code along; it is confirmed by hand in any case."""
    if request.method != "POST":
        form = DeviceForm(initial={"user_code": request.GET.get("user_code", "")[:20]})
        return render(request, "site/device.html", {"form": form})
    form = DeviceForm(request.POST)
    if form.is_valid() and _decided(request, user, form):
        return redirect("site:tokens")
    return render(request, "site/device.html", {"form": form}, status=400)


def _decided(request: HttpRequest, user: User, form: DeviceForm) -> bool:
    chosen = form.cleaned_data
    agreed = request.POST.get("answer") == "agree"
    try:
        login = device_logins.waiting(chosen["user_code"])
        device_logins.decide(user, login, agreed=agreed, scope=chosen["scope"], days=chosen["days"])
    except HubError as error:
        show_error(form, error)
        return False
    messages.success(
        request,
        _("The program is signed in as %(name)s in a moment.") % {"name": user.username}
        if agreed
        else _("The program was refused."),
    )
    return True
