"""Pages of collections, and adding a repository to one."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hub.accounts.requests import actor_of
from models_app.collections import policies, selectors, services
from models_app.collections.models import Theme
from models_app.collections.selectors import SHOWN_IN_LISTS, Wanted
from models_app.collections.services import Change
from models_app.pages.door import Visit, ask_to_sign_in, repository_page, show
from models_app.pages.owners import owners_for
from models_app.pages.refusals import beside

PAGE = 20
WITH_FORM = ["GET", "HEAD", "POST"]


class CollectionForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=services.MAX_TITLE)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=services.MAX_DESCRIPTION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    private = forms.BooleanField(label=gettext_lazy("Only its owners see it"), required=False)


class NewCollectionForm(CollectionForm):
    owner = forms.ChoiceField(label=gettext_lazy("Owner"))
    field_order = ("owner", "title", "description", "private")

    def __init__(self, *args: object, owners: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        owner.choices = [(name, name) for name in owners]


class ChangeForm(CollectionForm):
    theme = forms.ChoiceField(label=gettext_lazy("Colour"), choices=Theme.choices)


class ItemForm(forms.Form):
    """`position` counts from 0."""

    note = forms.CharField(label=gettext_lazy("Note"), max_length=services.MAX_NOTE, required=False)
    position = forms.IntegerField(min_value=0, max_value=services.MAX_ITEMS, required=False)


class CollectForm(forms.Form):
    collection = forms.ChoiceField(label=gettext_lazy("Collection"))
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=services.MAX_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: object, choices: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["collection"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    owner = request.GET.get("owner", "").replace("\0", "")
    rows = selectors.list_collections(actor, Wanted(owners=[owner] if owner else []))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown = selectors.show(actor, list(page), most=SHOWN_IN_LISTS)
    return render(request, "collections/browse.html", {"page": page, "shown": shown, "owner": owner})


@require_http_methods(WITH_FORM)
def new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if not actor.is_authenticated:
        return ask_to_sign_in(request, "/collections")
    form = NewCollectionForm(request.POST or None, owners=owners_for(actor))
    if form.is_bound and form.is_valid():
        with beside(form):
            made = services.create(actor, **form.cleaned_data)
            return redirect(made)
    return render(request, "collections/new.html", {"form": form}, status=400 if form.errors else 200)


@require_safe
def detail(request: HttpRequest, namespace: str, tail: str) -> HttpResponse:
    actor = actor_of(request)
    collection = selectors.get(actor, f"{namespace}/{tail}")
    if request.path != collection.get_absolute_url():
        return redirect(collection)
    context = {
        "collection": collection,
        "items": selectors.show_one(actor, collection).items,
        "may_change": policies.may_change(actor, collection.namespace),
    }
    return render(request, "collections/detail.html", context)


@require_http_methods(WITH_FORM)
def edit(request: HttpRequest, namespace: str, tail: str) -> HttpResponse:
    actor = actor_of(request)
    collection = selectors.get(actor, f"{namespace}/{tail}")
    if not actor.is_authenticated:
        return ask_to_sign_in(request, collection.get_absolute_url())
    services.require_change(actor, collection)
    initial = {
        "title": collection.title,
        "description": collection.description,
        "private": collection.is_private,
        "theme": collection.theme,
    }
    form = ChangeForm(request.POST or None, initial=initial)
    if form.is_bound and form.is_valid():
        with beside(form):
            services.update(actor, collection, Change(**form.cleaned_data))
            return redirect(collection)
    context = {"form": form, "collection": collection}
    return render(request, "collections/edit.html", context, status=400 if form.errors else 200)


@require_POST
def delete(request: HttpRequest, namespace: str, tail: str) -> HttpResponse:
    actor = actor_of(request)
    collection = selectors.get(actor, f"{namespace}/{tail}")
    if not actor.is_authenticated:
        return ask_to_sign_in(request, collection.get_absolute_url())
    services.delete(actor, collection)
    messages.success(request, _("The collection is gone."))
    return redirect(f"/collections?owner={collection.namespace.name}")


@require_POST
def update_item(request: HttpRequest, namespace: str, tail: str, item_id: str) -> HttpResponse:
    actor = actor_of(request)
    collection = selectors.get(actor, f"{namespace}/{tail}")
    if not actor.is_authenticated:
        return ask_to_sign_in(request, collection.get_absolute_url())
    item = selectors.get_item(collection, item_id)
    form = ItemForm(request.POST)
    if request.POST.get("action") == "remove":
        services.remove_item(actor, item)
    elif form.is_valid():
        note = form.cleaned_data["note"] if "note" in request.POST else None
        services.update_item(actor, item, note=note, position=form.cleaned_data["position"])
    else:
        messages.error(request, _("A note has at most 500 characters."))
    return redirect(collection)


@repository_page(methods=("GET", "POST"))
def collect(visit: Visit) -> HttpResponse:
    """Adds the repository to one of the reader's collections."""
    if not visit.actor.is_authenticated:
        return ask_to_sign_in(visit.request, visit.repository.get_absolute_url())
    own = {row.pk: row for row in selectors.changeable_by(visit.actor)}
    choices = [(pk, f"{row.namespace.name}: {row.title}") for pk, row in own.items()]
    form = CollectForm(visit.request.POST if visit.is_post else None, choices=choices)
    if form.is_bound and form.is_valid():
        collection = own[form.cleaned_data["collection"]]
        repository = visit.repository
        with beside(form):
            services.add_item(
                visit.actor, collection, repository.type, repository.full_id, note=form.cleaned_data["note"]
            )
            return redirect(collection)
    context = {"form": form, "has_collections": bool(own)}
    return show(visit, "collections/collect.html", "card", context, status=400 if form.errors else 200)
