"""Pages of a user or an organization, and what its admins do there."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hub.accounts import policies, selectors, services
from hub.accounts.models import Namespace, User
from hub.accounts.requests import actor_of
from hub.core.errors import Conflict, InvalidInput, NotFound
from hub.site import dashboards, invitation_mail, profiles
from hub.site.account_forms import InvitationForm, NamespaceForm, OrganizationForm, show_error
from hub.site.account_views import WITH_FORM
from hub.site.sessions import signed_in

# What the page itself answers, beside the form; a missing right is an error page.
ANSWERED = (Conflict, InvalidInput, NotFound)


@require_safe
def profile(request: HttpRequest, name: str) -> HttpResponse:
    namespace = selectors.get_namespace(name)
    if namespace.name != name:
        return redirect(namespace, permanent=False)
    context = profiles.profile_of(actor_of(request), namespace)
    return render(request, "site/organization/profile.html", {"profile": context, "namespace": namespace})


@require_safe
@signed_in
def dashboard(request: HttpRequest, _user: User, name: str) -> HttpResponse:
    namespace = _inside(request, name)
    actor = actor_of(request)
    context = {
        "namespace": namespace,
        "dashboard": dashboards.dashboard_of(actor, namespace, page=request.GET.get("page", "1")),
        "may_administer": policies.may_administer(actor, namespace),
        "invitation_form": InvitationForm(),
        "invitation_link": request.session.pop(_link_key(namespace), ""),
    }
    return render(request, "site/organization/dashboard.html", context)


@require_http_methods(WITH_FORM)
@signed_in
def settings(request: HttpRequest, user: User, name: str) -> HttpResponse:
    namespace = _inside(request, name)
    if namespace == user.namespace:
        return redirect("site:profile")
    actor = actor_of(request)
    form = NamespaceForm(request.POST) if request.method == "POST" else NamespaceForm.of(namespace)
    if form.is_bound and form.is_valid():
        try:
            services.update_namespace(actor, namespace, **form.cleaned_data)
        except ANSWERED as error:
            show_error(form, error)
        else:
            messages.success(request, _("The settings are saved."))
            return redirect("namespaces:settings", namespace.name)
    context = {
        "form": form,
        "namespace": namespace,
        "may_administer": policies.may_administer(actor, namespace),
    }
    return render(request, "site/organization/settings.html", context, status=400 if form.errors else 200)


@require_http_methods(WITH_FORM)
@signed_in
def create(request: HttpRequest, user: User) -> HttpResponse:
    form = OrganizationForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            organization = services.create_organization(
                form.cleaned_data["name"], created_by=user, full_name=form.cleaned_data["full_name"]
            )
        except ANSWERED as error:
            show_error(form, error)
        else:
            messages.success(request, _("%(name)s is yours to fill.") % {"name": organization.name})
            return redirect("namespaces:dashboard", organization.name)
    return render(request, "site/organization/new.html", {"form": form}, status=400 if form.errors else 200)


@require_POST
@signed_in
def set_member(request: HttpRequest, _user: User, name: str) -> HttpResponse:
    organization = _inside(request, name)
    try:
        member = selectors.get_user(request.POST.get("user", ""))
        services.set_member(actor_of(request), organization, member, request.POST.get("role", ""))
        messages.success(request, _("%(user)s is a member with the chosen role.") % {"user": member.username})
    except ANSWERED as error:
        messages.error(request, error.message)
    return _to_members(organization)


@require_POST
@signed_in
def remove_member(request: HttpRequest, _user: User, name: str) -> HttpResponse:
    organization = _inside(request, name)
    try:
        member = selectors.get_user(request.POST.get("user", ""))
        services.remove_member(actor_of(request), organization, member)
        messages.success(request, _("%(user)s is no longer a member.") % {"user": member.username})
    except ANSWERED as error:
        messages.error(request, error.message)
    return _to_members(organization)


@require_POST
@signed_in
def invite(request: HttpRequest, _user: User, name: str) -> HttpResponse:
    """The link is mailed where mail can be sent, and shown to the admin in any case."""
    organization = _inside(request, name)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return _to_members(organization)
    try:
        issued = services.invite(actor_of(request), organization, **form.cleaned_data)
    except ANSWERED as error:
        messages.error(request, error.message)
    else:
        link = request.build_absolute_uri(reverse("site:invitation", args=[issued.secret]))
        request.session[_link_key(organization)] = link
        if invitation_mail.send(issued.invitation, link):
            messages.success(request, _("The invitation is on its way to %(email)s.") % form.cleaned_data)
    return _to_members(organization)


@require_POST
@signed_in
def revoke_invitation(request: HttpRequest, _user: User, name: str, invitation_id: int) -> HttpResponse:
    organization = _inside(request, name)
    invitation = selectors.pending_invitations(organization).filter(pk=invitation_id).first()
    if invitation is None:
        raise Http404
    services.revoke_invitation(actor_of(request), invitation)
    messages.success(request, _("The invitation of %(email)s is withdrawn.") % {"email": invitation.email})
    return _to_members(organization)


def _inside(request: HttpRequest, name: str) -> Namespace:
    """The namespace for its members; for others it has no inside."""
    namespace = selectors.get_namespace(name)
    if not policies.may_see_inside(actor_of(request), namespace):
        raise Http404
    return namespace


def _to_members(organization: Namespace) -> HttpResponse:
    return redirect(f"{reverse('namespaces:dashboard', args=[organization.name])}#members")


def _link_key(organization: Namespace) -> str:
    return f"invitation_link_{organization.pk}"
