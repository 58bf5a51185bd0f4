"""/api/v1: jobs, runs, leaderboards, schedules, benchmarks, compute."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "evals-api"
urlpatterns: list[URLPattern | URLResolver] = []
