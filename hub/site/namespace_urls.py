"""Pages of a user or an organization. The second words are no repository's name (models_app checks)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hub.site import organization_views

app_name = "namespaces"
urlpatterns: list[URLPattern | URLResolver] = [
    # /<name>/…
    path("<str:name>", organization_views.profile, name="profile"),
    path("<str:name>/dashboard", organization_views.dashboard, name="dashboard"),
    path("<str:name>/settings", organization_views.settings, name="settings"),
]
