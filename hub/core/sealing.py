"""Secrets at rest: texts that the hub must be able to read again, unreadable in a copy of the database."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils.encoding import force_bytes

PURPOSE = b"hub.core.sealing:"


def seal(text: str) -> str:
    """Encrypted and authenticated under a key derived from SECRET_KEY; an empty text stays empty."""
    return _box().encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """The text, or nothing when the key has changed since: a lost secret must not stop the start."""
    try:
        return _box().decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        return ""


def _box() -> MultiFernet:
    """Former keys still open what they sealed."""
    return MultiFernet([Fernet(_key(k)) for k in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str | bytes) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(PURPOSE + force_bytes(secret)).digest())


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """Plain in Python, sealed in the database. It cannot be searched."""

    def get_prep_value(self, value: Any) -> str:
        return seal(value or "")

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> str:
        return unseal(value or "")
