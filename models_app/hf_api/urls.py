"""The ecosystem's protocol: /api/models/..., /<id>/resolve/..., LFS, Xet."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "hf"
urlpatterns: list[URLPattern | URLResolver] = []
