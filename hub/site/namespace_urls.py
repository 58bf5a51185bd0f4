"""Pages of a user or an organization. The second words are no repository's name (models_app checks)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hub.site import following_views, organization_views

app_name = "namespaces"
urlpatterns: list[URLPattern | URLResolver] = [
    # /<name>/…
    path("<str:name>", organization_views.profile, name="profile"),
    path("<str:name>/dashboard", organization_views.dashboard, name="dashboard"),
    path("<str:name>/follow", following_views.follow, name="follow"),
    path("<str:name>/followers", following_views.followers, name="followers"),
    path("<str:name>/following", following_views.followed, name="following"),
    path("<str:name>/settings", organization_views.settings, name="settings"),
]
