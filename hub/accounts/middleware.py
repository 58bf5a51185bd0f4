"""Sets `request.actor`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from hub.accounts.actors import ANONYMOUS, Actor
from hub.accounts.requests import actor_of, scheme_of
from hub.core.errors import InvalidCredentials


class ActorMiddleware:
    """`request.actor` for templates; it never raises. Views that decide ask `requests.actor_of`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if scheme := scheme_of(request):
            # A token must not open pages that know sessions only (the operator's, e-mail and password),
            # and a session must not act in a request that is free of CSRF checks.
            request.user = AnonymousUser()
            # Foreign pages can make a browser send Basic (from an address or its memory), never Bearer.
            if scheme == "bearer" or "Sec-Fetch-Site" not in request.headers:
                request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001
        request.actor = SimpleLazyObject(partial(_actor_or_nobody, request))  # type: ignore[attr-defined]
        return self.get_response(request)


def _actor_or_nobody(request: HttpRequest) -> Actor:
    try:
        return actor_of(request)
    except InvalidCredentials:
        return ANONYMOUS
