"""Pages of a user or an organization: /<name>, /<name>/dashboard, ..."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "namespaces"
urlpatterns: list[URLPattern | URLResolver] = []
