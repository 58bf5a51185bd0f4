"""The ecosystem's JavaScript client in pages of other sites: which of them may use the protocol."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

PROTOCOL = re.compile(r"^/(api|cas|lfs|datasets-server)/|^/v1/telemetry$|/(resolve|raw)/|/info/lfs/")
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
# What the client reads from answers beside the few headers that browsers always show.
SHOWN = (
    "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Link, Retry-After, "
    "X-Error-Code, X-Error-Message, X-Linked-ETag, X-Linked-Size, X-Repo-Commit, X-Request-Id, "
    "X-Revision, X-Total-Count, X-Xet-Access-Token, X-Xet-Cas-Url, X-Xet-Hash, X-Xet-Token-Expiration"
)
REMEMBER_SECONDS = "3600"


class CrossOriginMiddleware:
    """Answers browsers that ask whether a page may call the protocol's routes.

    Cookies are never allowed along, so such a page acts with a token that it was given, or as nobody.
    Nothing is said unless `HUB_CORS_ORIGINS` names the page's origin: a hub inside a network is not to be
    read by any site that somebody inside it visits.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.CORS_ORIGINS or not PROTOCOL.search(request.path):
            return self.get_response(request)
        origin = request.headers.get("Origin", "")
        is_allowed = bool(origin) and ("*" in settings.CORS_ORIGINS or origin in settings.CORS_ORIGINS)
        if is_allowed and request.method == "OPTIONS":
            response: HttpResponseBase = preflight(request)
        else:
            response = self.get_response(request)
        patch_vary_headers(response, ["Origin"])
        if is_allowed:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = SHOWN
        return response


def preflight(request: HttpRequest) -> HttpResponse:
    """The list of asked headers comes back: what they do is decided where they are read."""
    return HttpResponse(
        status=204,
        headers={
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", ""),
            "Access-Control-Max-Age": REMEMBER_SECONDS,
        },
    )
