"""Joins the doors. Order matters: fixed first words before names that people chose."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("hub.site.urls")),
    path("", include("evals_app.api.urls")),
    path("datasets-server/", include("models_app.hf_api.viewer_urls")),
    path("", include("evals_app.hf_jobs.urls")),
    path("", include("models_app.hf_api.urls")),
    path("", include("evals_app.pages.urls")),
    path("", include("models_app.git_http.urls")),
    path("", include("models_app.pages.browse_urls")),
    # From here on the first word is a name that somebody chose.
    path("", include("hub.site.namespace_urls")),
    path("", include("models_app.pages.urls")),
]
