"""A person's own pages: profile, access tokens, organizations, invitations."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hub.accounts import selectors, services
from hub.accounts.models import AccessToken, User
from hub.accounts.requests import actor_of
from hub.accounts.tokens import NAMESPACE_RIGHTS
from hub.core.errors import HubError
from hub.site.account_forms import NamespaceForm, TokenForm, show_error
from hub.site.sessions import signed_in

WITH_FORM = ["GET", "HEAD", "POST"]


@require_safe
def settings_home(_request: HttpRequest) -> HttpResponse:
    return redirect("site:profile")


@require_http_methods(WITH_FORM)
@signed_in
def profile(request: HttpRequest, user: User) -> HttpResponse:
    form = NamespaceForm(request.POST) if request.method == "POST" else NamespaceForm.of(user.namespace)
    if form.is_bound and form.is_valid():
        try:
            services.update_namespace(actor_of(request), user.namespace, **form.cleaned_data)
        except HubError as error:
            show_error(form, error)
        else:
            messages.success(request, _("Your profile is saved."))
            return redirect("site:profile")
    return render(request, "site/settings/profile.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(WITH_FORM)
@signed_in
def tokens(request: HttpRequest, user: User) -> HttpResponse:
    """The secret of a new token is in the answer to its form, and nowhere else."""
    form = TokenForm(request.POST or None)
    issued = None
    if form.is_bound and form.is_valid():
        try:
            issued = services.create_token(
                user,
                form.cleaned_data["name"],
                form.cleaned_data["scope"],
                grants=form.grants(),
                expires_at=form.expires_at(),
            )
            form = TokenForm()
        except HubError as error:
            show_error(form, error)
    context = {
        "form": form,
        "issued": issued,
        "tokens": selectors.tokens_of(user),
        "places": [user.namespace, *(row.organization for row in selectors.organizations_of(user))],
        "rights": NAMESPACE_RIGHTS,
        "ticked": request.POST.getlist("grant") if form.is_bound else [],
    }
    return render(request, "site/settings/tokens.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in
def revoke_token(request: HttpRequest, user: User, token_id: int) -> HttpResponse:
    token = _own(selectors.tokens_of(user), token_id)
    services.revoke_token(actor_of(request), token)
    messages.success(request, _("The token “%(name)s” works no longer.") % {"name": token.name})
    return redirect("site:tokens")


@require_safe
@signed_in
def organizations(request: HttpRequest, user: User) -> HttpResponse:
    rows = selectors.organizations_of(user)
    return render(request, "site/settings/organizations.html", {"rows": rows})


@require_POST
@signed_in
def leave_organization(request: HttpRequest, user: User, name: str) -> HttpResponse:
    organization = selectors.get_organization(name)
    try:
        services.remove_member(actor_of(request), organization, user)
        messages.success(request, _("You left %(name)s.") % {"name": organization.name})
    except HubError as error:
        messages.error(request, error.message)
    return redirect("site:organizations")


@never_cache
@require_safe
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Shown to whoever holds the link, so that they know what they sign in for."""
    context = {"invitation": selectors.open_invitation(secret)}
    return render(request, "site/organization/invitation.html", context)


@require_POST
@signed_in
def accept_invitation(request: HttpRequest, user: User, secret: str) -> HttpResponse:
    organization = services.accept_invitation(user, secret).organization
    messages.success(request, _("Welcome to %(name)s.") % {"name": organization.display_name})
    return redirect(organization)


def _own(tokens: QuerySet[AccessToken], token_id: int) -> AccessToken:
    token = tokens.filter(pk=token_id).first()
    if token is None:
        raise Http404
    return token
