"""Files that the server in front sends itself: we say which, it copies the bytes.

nginx calls this `X-Accel-Redirect`; docs/nginx.conf is the other half. An address below the prefix is
internal there: no client can ask for it.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from django.conf import settings

HEADER = "X-Accel-Redirect"


def address_of(path: str | Path | None) -> str | None:
    """The front server's own address of a file in the data folder; None where none is set up, or no file."""
    if path is None or not settings.FRONT_SERVER_PREFIX:
        return None
    place = Path(path)
    if not place.is_relative_to(settings.DATA_DIR):
        return None
    return f"{settings.FRONT_SERVER_PREFIX}/{quote(str(place.relative_to(settings.DATA_DIR)))}"
