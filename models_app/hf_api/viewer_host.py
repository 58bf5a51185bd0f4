"""The dataset viewer's own host: the `datasets` library puts `datasets-server.` before the hub's name."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from models_app.hf_api.viewer import VIEWER_HOST


class ViewerHostMiddleware:
    """Requests to that host know the viewer's routes and no other."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.META.get("HTTP_HOST", "").lower().startswith(VIEWER_HOST):
            request.urlconf = "models_app.hf_api.viewer_host_urls"
        return self.get_response(request)
