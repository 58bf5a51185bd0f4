"""Pages whose first word is ours, before the names that people chose."""

from __future__ import annotations

from django.urls import URLPattern, path

from models_app.pages import browse, collections, create, papers
from models_app.repositories.models import RepositoryType

app_name = "browse"

urlpatterns: list[URLPattern] = [
    path("models", browse.browse, {"kind": RepositoryType.MODEL}, name="models"),
    path("datasets", browse.browse, {"kind": RepositoryType.DATASET}, name="datasets"),
    path("collections", collections.browse, name="collections"),
    path("collections/new", collections.new, name="collection-new"),
    path("collections/<str:namespace>/<str:tail>", collections.detail, name="collection"),
    path("collections/<str:namespace>/<str:tail>/edit", collections.edit, name="collection-edit"),
    path("collections/<str:namespace>/<str:tail>/delete", collections.delete, name="collection-delete"),
    path(
        "collections/<str:namespace>/<str:tail>/items/<str:item_id>",
        collections.update_item,
        name="collection-item",
    ),
    path("papers", papers.browse, name="papers"),
    path("papers/<str:paper_id>", papers.show, name="paper"),
    path("new", create.create, {"kind": RepositoryType.MODEL}, name="new"),
    path("new-dataset", create.create, {"kind": RepositoryType.DATASET}, name="new-dataset"),
]
