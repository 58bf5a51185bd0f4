"""What every template may use."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from hub.accounts.requests import actor_of
from hub.core.errors import HubError
from hub.inbox import selectors

THEMES = ("light", "dark")


def site(request: HttpRequest) -> dict[str, object]:
    """`theme` is the reader's own choice; empty leaves it to their system."""
    theme = request.COOKIES.get("theme", "")
    return {
        "site_name": settings.SITE_NAME,
        "theme": theme if theme in THEMES else "",
        "sign_up_open": settings.SIGN_UP_OPEN,
        # Lazy: pages without a header ask nothing.
        "unread_notifications": SimpleLazyObject(lambda: _unread(request)),
    }


def _unread(request: HttpRequest) -> int:
    try:
        return selectors.unread_count(actor_of(request))
    except HubError:  # a bad token: the page itself says so
        return 0
