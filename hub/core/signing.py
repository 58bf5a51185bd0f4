"""Short-lived, self-authorising texts: an HMAC over a small JSON object and the moment it ends.

They stand in URLs and bearer tokens of the large-file routes, where a client sends no other
credentials and a look-up for each request would cost more than the request.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac

from hub.core.errors import HubError


class SignatureRefused(HubError):
    """The text is not ours, was made for another purpose, or has expired."""

    status, code = 403, "SignatureRefused"
    default_message = "This address is not valid."


class SignatureExpired(SignatureRefused):
    default_message = "This address has expired."


def sign(payload: dict[str, Any], *, purpose: str, lifetime: int) -> str:
    """URL-safe text that `unsign` with the same purpose accepts for `lifetime` seconds."""
    body = json.dumps({**payload, "exp": int(time.time()) + lifetime}, separators=(",", ":"))
    text = encode(body.encode())
    return f"{text}.{signature(text, purpose)}"


def unsign(text: str, *, purpose: str) -> dict[str, Any]:
    """The payload, with `exp` in it. Raises SignatureRefused or SignatureExpired."""
    body, _, given = text.partition(".")
    if not constant_time_compare(given, signature(body, purpose)):
        raise SignatureRefused
    payload: dict[str, Any] = json.loads(decode(body))
    if payload["exp"] < time.time():
        raise SignatureExpired
    return payload


def signature(text: str, purpose: str) -> str:
    return encode(salted_hmac(f"hub.signing.{purpose}", text, algorithm="sha256").digest())


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise SignatureRefused from None
