"""Who git says did it."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from hub.accounts.models import User
from models_app.storage.git_commits import Signature


def signature(user: User | None) -> Signature:
    """Commits are public with their repository, so the real e-mail address is not in them."""
    name = user.username if user else "hub"
    return Signature(name, f"{name}@users.noreply.{urlsplit(settings.PUBLIC_URL).hostname or 'localhost'}")
