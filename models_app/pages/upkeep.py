"""What owners do to a repository as a whole: copy it, squash its history, drop large files for good."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.core.errors import HubError, NotFound
from models_app.commits import duplication, rewriting
from models_app.pages import addresses
from models_app.pages.door import Visit, ask_to_sign_in, repository_page, show
from models_app.pages.forms import MoveForm
from models_app.pages.owners import owners_for
from models_app.pages.refusals import FOR_THE_FORM, beside
from models_app.repositories.access import Need
from models_app.repositories.models import Visibility


class DuplicateForm(MoveForm):
    visibility = forms.ChoiceField(
        label=gettext_lazy("Visibility"), choices=Visibility.choices, widget=forms.RadioSelect
    )


class SquashForm(forms.Form):
    branch = forms.CharField(label=gettext_lazy("Branch"), max_length=200, initial=addresses.DEFAULT_REVISION)
    message = forms.CharField(label=gettext_lazy("Title of the one commit"), max_length=200)


@repository_page(need=Need.CONTENT, methods=("GET", "POST"))
def duplicate(visit: Visit) -> HttpResponse:
    repository = visit.repository
    if not visit.actor.is_authenticated:
        return ask_to_sign_in(visit.request, repository.get_absolute_url())
    initial = {"owner": visit.actor.name, "name": repository.name, "visibility": repository.visibility}
    form = DuplicateForm(visit.request.POST or None, owners=owners_for(visit.actor), initial=initial)
    if visit.is_post and form.is_valid():
        given = form.cleaned_data
        is_private = given["visibility"] == Visibility.PRIVATE
        with beside(form):
            full_id = f"{given['owner']}/{given['name']}"
            return redirect(duplication.duplicate(visit.actor, repository, full_id, private=is_private))
    return show(visit, "models/duplicate.html", "card", {"form": form}, status=400 if visit.is_post else 200)


@repository_page(need=Need.WRITE)
def show_large_files(visit: Visit) -> HttpResponse:
    after = visit.request.GET.get("after", "")
    start = int(after) if after.isdecimal() and len(after) < 18 else 0
    files, following = rewriting.list_large_files(visit.actor, visit.repository, after=start)
    context = {
        "files": files,
        "next_after": following,
        "squash_form": SquashForm(),
        "squash_url": addresses.page(visit.repository, "settings", "squash"),
        "delete_url": addresses.page(visit.repository, "settings", "large-files", "delete"),
        "can_delete": visit.can(Need.ADMIN),
    }
    return show(visit, "models/large_files.html", "settings", context)


@repository_page(need=Need.ADMIN, methods=("POST",))
def delete_large_files(visit: Visit) -> HttpResponse:
    chosen = visit.request.POST.getlist("file")
    try:
        rewriting.delete_large_files(visit.actor, visit.repository, chosen)
        messages.success(visit.request, _("The chosen files were deleted for good."))
    except (*FOR_THE_FORM, NotFound) as refusal:
        _tell(visit, refusal)
    return redirect(addresses.page(visit.repository, "settings", "large-files"))


@repository_page(need=Need.WRITE, methods=("POST",))
def squash(visit: Visit) -> HttpResponse:
    form = SquashForm(visit.request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            rewriting.squash(visit.actor, visit.repository, given["branch"], message=given["message"])
            messages.success(visit.request, _("The history of %(branch)s is one commit now.") % given)
        except (*FOR_THE_FORM, NotFound) as refusal:
            _tell(visit, refusal)
    return redirect(addresses.page(visit.repository, "settings", "large-files"))


def _tell(visit: Visit, refusal: HubError) -> None:
    messages.warning(visit.request, _(refusal.message))
