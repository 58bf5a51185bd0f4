"""Routes of the dataset viewer's API: below `/datasets-server/`, and the whole of the viewer's own host."""

from __future__ import annotations

from django.urls import path

from models_app.hf_api import viewer

app_name = "viewer"

# Of the ecosystem's own: services that look into what texts and addresses say of people.
LEFT_OUT = ("opt-in-out-urls", "presidio-entities", "compatible-libraries", "hub-cache", "valid")

urlpatterns = [
    path("healthcheck", viewer.healthcheck, name="healthcheck"),
    path("is-valid", viewer.is_valid, name="is-valid"),
    path("splits", viewer.splits, name="splits"),
    path("parquet", viewer.parquet, name="parquet"),
    path("info", viewer.info, name="info"),
    path("size", viewer.size, name="size"),
    path("first-rows", viewer.first_rows, name="first-rows"),
    path("rows", viewer.rows, name="rows"),
    path("search", viewer.search, name="search"),
    path("filter", viewer.filtered, name="filter"),
    path("statistics", viewer.statistics, name="statistics"),
    *(path(part, viewer.not_offered, {"part": part}, name=f"no-{part}") for part in LEFT_OUT),
]
