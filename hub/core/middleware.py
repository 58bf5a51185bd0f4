"""What every request passes: an id to find it again, a policy for browsers, errors in one form."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from hub.core import body

FIRST_REFUSAL = 400
GetResponse = Callable[[HttpRequest], HttpResponseBase]

SAFE_ID = re.compile(r"[A-Za-z0-9=;:._-]{1,128}")

# Charts are drawn by Vega with its expression interpreter, so no `unsafe-eval` is needed.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


class RequestIdMiddleware:
    """`X-Request-Id`: the client's own, else one that holds its trace id, as clients expect."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        own = request.headers.get("X-Request-Id", "")
        trace = request.headers.get("X-Amzn-Trace-Id", "")
        if SAFE_ID.fullmatch(own):
            request_id = own
        else:
            request_id = f"Root={uuid.uuid4()}" + (f";{trace}" if SAFE_ID.fullmatch(trace) else "")
        request.request_id = request_id  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        return response


class UnreadBodyMiddleware:
    """Tells a client that was refused before its body was read not to use the connection again: the server
    drops it with the rest of the body, and a request that follows at once would be lost."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code >= FIRST_REFUSAL and body.was_left_unread(request):
            response.headers["Connection"] = "close"
        return response


class ContentSecurityPolicyMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # Repository bytes set a stricter one of their own.
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        return response


class HubErrorMiddleware:
    """Last resort for a domain error that a page raised: an error page in the reader's language.

    The protocol's and the API's doors translate errors themselves, in their own form. PostgreSQL refuses to
    look for a text with a NUL; nothing has such a name.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        from django.db import DataError
        from django.shortcuts import render

        from hub.core.errors import HubError, NotFound

        if isinstance(exception, DataError) and "NUL (0x00)" in str(exception):
            exception = NotFound()
        if not isinstance(exception, HubError):
            return None
        return render(request, "error.html", {"error": exception}, status=exception.status)
