"""Who calls the API: a token, or the session of a browser."""

from __future__ import annotations

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from hub.accounts.actors import Actor
from hub.accounts.models import User
from hub.accounts.requests import actor_of


class ActorAuthentication(BaseAuthentication):
    """InvalidCredentials for a bad token. A session must also show the CSRF token when it changes things."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        actor = actor_of(_plain(request))
        if actor.user is None:
            return None
        # The check itself lets requests with a token pass.
        SessionAuthentication().enforce_csrf(request)
        return actor.user, actor

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="hub"'


def caller(request: Request) -> Actor:
    return actor_of(_plain(request))


def _plain(request: Request) -> HttpRequest:
    return request._request  # noqa: SLF001  the framework's own way to the request it wraps


class ActorAuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ActorAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}
