"""Every refusal of the API in one form: `{"error": {"code", "message", "field"}}`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from hub.core.errors import Busy, HubError, Unauthenticated


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:  # noqa: ARG001
    """None for what nobody foresaw: it becomes a logged 500."""
    if isinstance(error, HubError):
        return _response(error.status, error.code or "InvalidCredentials", error.message, error)
    if isinstance(error, Http404):
        return _response(404, "NotFound", "There is nothing here.")
    if isinstance(error, PermissionDenied):
        return _response(403, "Forbidden", str(error) or "You do not have the right to do this.")
    if isinstance(error, APIException):
        code = type(error).__name__
        return _response(error.status_code, code, str(error.detail))
    return None


def _response(status: int, code: str, message: str, error: HubError | None = None) -> Response:
    body: dict[str, Any] = {"code": code, "message": message}
    if error is not None and "field" in error.fields:
        body["field"] = error.fields["field"]
    headers = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="hub"'
    if isinstance(error, Busy):
        headers["Retry-After"] = str(error.retry_after)
    return Response({"error": body}, status=status, headers=headers)
