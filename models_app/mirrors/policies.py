"""From which hubs may be pulled. Pure but for the settings."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from hub.core.errors import InvalidInput


def check_upstream(url: str) -> str:
    """The origin as it stands in HUB_UPSTREAM_HUBS. InvalidInput for any other: an address that people
    choose freely would let them reach into the network the workers stand in."""
    wanted = _origin(url)
    for allowed in settings.UPSTREAM_HUBS:
        if wanted is not None and _origin(allowed) == wanted:
            return str(allowed)
    known = ", ".join(settings.UPSTREAM_HUBS) or "none"
    raise InvalidInput(
        _("Pulling from “%(url)s” is not allowed here. Allowed: %(known)s.")
        % {"url": url[:200], "known": known},
        field="upstream",
    )


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        return None
    if parts.path not in ("", "/"):
        return None
    return parts.scheme, parts.hostname.lower(), port or (443 if parts.scheme == "https" else 80)
