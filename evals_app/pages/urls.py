"""Pages of jobs, schedules, runs, benchmarks and leaderboards."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "evals"
urlpatterns: list[URLPattern | URLResolver] = []
