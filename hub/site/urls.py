"""Shared pages: home, search, sign-in and settings, health."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "site"
urlpatterns: list[URLPattern | URLResolver] = []
