"""All routes of the dataset viewer's own host."""

from __future__ import annotations

from django.urls import include, path

from models_app.hf_api.http import unknown_route

urlpatterns = [
    path("", include("models_app.hf_api.viewer_urls")),
    path("<path:rest>", unknown_route, name="unknown"),
    path("", unknown_route, name="nothing"),
]
