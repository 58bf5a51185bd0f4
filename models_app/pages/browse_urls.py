"""Pages whose first word is ours, before the names that people chose."""

from __future__ import annotations

from django.urls import URLPattern, path

from models_app.pages import browse, create
from models_app.repositories.models import RepositoryType

app_name = "browse"

urlpatterns: list[URLPattern] = [
    path("models", browse.browse, {"kind": RepositoryType.MODEL}, name="models"),
    path("datasets", browse.browse, {"kind": RepositoryType.DATASET}, name="datasets"),
    path("new", create.create, {"kind": RepositoryType.MODEL}, name="new"),
    path("new-dataset", create.create, {"kind": RepositoryType.DATASET}, name="new-dataset"),
]
