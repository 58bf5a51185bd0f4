"""Repository pages; /<namespace>/<name> comes last of all routes."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from models_app.pages import (
    administration,
    card,
    community,
    editing,
    files,
    gates,
    history,
    proposals,
    upkeep,
    viewer,
)
from models_app.pages.collections import collect
from models_app.repositories.models import RepositoryType

app_name = "models"

Routes = list[tuple[str, Callable[..., HttpResponse], str]]

# Below /<namespace>/<name>; `rest` is a revision and perhaps a path.
REPOSITORY_ROUTES: Routes = [
    ("", card.show_card, "card"),
    ("/like", card.like, "like"),
    ("/collect", collect, "collect"),
    ("/tree", files.show_default_tree, "tree-default"),
    ("/tree/<path:rest>", files.show_tree, "tree"),
    ("/blob/<path:rest>", files.show_blob, "blob"),
    ("/commits/<path:rest>", history.show_commits, "commits"),
    ("/commit/<str:commit_id>", history.show_commit, "commit"),
    ("/upload/<path:rest>", editing.upload, "upload"),
    ("/edit/<path:rest>", editing.edit, "edit"),
    ("/new-file/<path:rest>", editing.new_file, "new-file"),
    ("/delete/<path:rest>", editing.delete_file, "delete-file"),
    ("/discussions", community.show_list, "discussions"),
    ("/discussions/new", community.new, "discussion-new"),
    ("/discussions/<int:number>", community.show_discussion, "discussion"),
    ("/discussions/<int:number>/comment", community.comment, "discussion-comment"),
    ("/discussions/<int:number>/title", community.rename, "discussion-title"),
    ("/discussions/<int:number>/merge", proposals.merge, "discussion-merge"),
    ("/discussions/<int:number>/comments/<str:event_id>/edit", community.edit_comment, "comment-edit"),
    ("/discussions/<int:number>/comments/<str:event_id>/hide", community.hide_comment, "comment-hide"),
    ("/duplicate", upkeep.duplicate, "duplicate"),
    ("/settings/large-files", upkeep.show_large_files, "large-files"),
    ("/settings/large-files/delete", upkeep.delete_large_files, "large-files-delete"),
    ("/settings/squash", upkeep.squash, "squash"),
    ("/access", gates.show_gate, "access"),
    ("/settings/gating", gates.set_gating, "settings-gating"),
    ("/settings/requests", gates.show_requests, "settings-requests"),
    ("/settings/requests/handle", gates.handle, "settings-requests-handle"),
    ("/settings/requests/grant", gates.grant, "settings-requests-grant"),
    ("/settings", administration.show_settings, "settings"),
    ("/settings/visibility", administration.set_visibility, "settings-visibility"),
    ("/settings/protection", administration.set_protection, "settings-protection"),
    ("/settings/move", administration.move, "settings-move"),
    ("/settings/delete", administration.delete, "settings-delete"),
]

# Datasets have rows besides.
DATASET_ROUTES: Routes = [
    ("/viewer", viewer.show_viewer, "viewer"),
    ("/viewer/<str:config>", viewer.show_viewer, "viewer-config"),
    ("/viewer/<str:config>/<str:split>", viewer.show_viewer, "viewer-split"),
    ("/viewer/<str:config>/<str:split>/cell", viewer.show_cell, "viewer-cell"),
]


def routes_of(kind: RepositoryType) -> list[URLPattern]:
    prefix = f"{kind.url_prefix}/<str:namespace>/<str:name>".lstrip("/")
    routes = REPOSITORY_ROUTES + (DATASET_ROUTES if kind == RepositoryType.DATASET else [])
    return [path(prefix + tail, view, {"kind": kind}, name=f"{kind}-{name}") for tail, view, name in routes]


urlpatterns: list[URLPattern] = [*routes_of(RepositoryType.DATASET), *routes_of(RepositoryType.MODEL)]
