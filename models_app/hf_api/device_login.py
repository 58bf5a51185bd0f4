"""`/oauth/device` and `/oauth/token`: how `hf auth login` signs in by a browser."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from hub.accounts import device_logins
from hub.accounts.actors import Actor
from hub.core import clock
from hub.core.errors import HubError
from models_app.hf_api.http import absolute, error_json, hf_view

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
# Clients name themselves by numbers; the person at the browser is told what is likeliest.
CLIENT_NAME = "hf"


@hf_view(methods=("POST",))
def start(request: HttpRequest, _actor: Actor, /) -> HttpResponseBase:
    started = device_logins.start(CLIENT_NAME)
    page = absolute(request, reverse("site:device"))
    return JsonResponse(
        {
            "device_code": started.secret,
            "user_code": started.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={started.user_code}",
            "expires_in": int(device_logins.LIFETIME.total_seconds()),
            "interval": device_logins.POLL_SECONDS,
        }
    )


@hf_view(methods=("POST",))
def token(request: HttpRequest, _actor: Actor, /) -> HttpResponseBase:
    """Refusals are in the words of RFC 6749 and 8628, which clients match on."""
    if request.POST.get("grant_type") != DEVICE_GRANT:
        return refusal("unsupported_grant_type", "Tokens last until they end; sign in again then.")
    try:
        issued = device_logins.take(request.POST.get("device_code", ""))
    except HubError as error:
        return refusal(error.code, error.message)
    answer: dict[str, object] = {
        "access_token": issued.secret,
        "token_type": "bearer",
        "scope": issued.token.scope,
    }
    if issued.token.expires_at:
        answer["expires_in"] = int((issued.token.expires_at - clock.now()).total_seconds())
    return no_store(JsonResponse(answer))


def refusal(code: str, text: str) -> JsonResponse:
    return no_store(error_json(400, code, text, {"error": code, "error_description": text}))


def no_store(response: JsonResponse) -> JsonResponse:
    response["Cache-Control"] = "no-store"
    return response
