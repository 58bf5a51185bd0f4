"""Smart HTTP: clone, fetch, push; with and without `.git` at the end of the name."""

from __future__ import annotations

from django.urls import re_path

from models_app.git_http import views

REPOSITORY = r"^(?P<prefix>datasets/|models/)?(?P<namespace>[^/]+)/(?P<name>[^/]+?)(?:\.git)?/"

app_name = "git"
urlpatterns = [
    re_path(REPOSITORY + r"(?P<service>info/refs)$", views.info_refs, name="info-refs"),
    re_path(REPOSITORY + r"(?P<service>git-upload-pack)$", views.upload_pack, name="upload-pack"),
    re_path(REPOSITORY + r"(?P<service>git-receive-pack)$", views.receive_pack, name="receive-pack"),
]
