"""Smart HTTP: clone, fetch, push."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "git"
urlpatterns: list[URLPattern | URLResolver] = []
