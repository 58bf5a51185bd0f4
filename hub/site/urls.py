"""Shared pages: home, search, preferences, health."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from django.views.i18n import set_language

from hub.site import account_urls, home, inbox_views, search, views

app_name = "site"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("home/activity", home.activity, name="activity"),
    path("search", search.search, name="search"),
    path("notifications", inbox_views.notifications, name="notifications"),
    path("notifications/read", inbox_views.read_all, name="notifications-read"),
    path("notifications/<int:notification_id>/read", inbox_views.read, name="notification-read"),
    path("healthz", views.healthz, name="health"),
    path("robots.txt", views.robots, name="robots"),
    path("style", views.style, name="style"),
    # What a reader chose, signed in or not.
    path("settings/theme", views.theme, name="theme"),
    path("settings/language", set_language, name="language"),
    *account_urls.urlpatterns,
]
