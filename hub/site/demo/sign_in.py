"""How to sign in on the first start: a user whose password is made up once and kept beside the data."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings

USERNAME = "demo"
PASSWORD_FILE = "demo_password"  # noqa: S105  a file name


def password() -> str:
    """The same at every call; whoever asks first makes it."""
    path = Path(settings.DATA_DIR) / PASSWORD_FILE
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(9))
        try:
            os.link(draft, path)  # the first of several processes wins
        except FileExistsError:
            pass
        draft.unlink()
    return path.read_text().strip()


def sign_in_hint() -> str:
    """Lines for the terminal."""
    return (
        f"  Demo:       sign in as  {USERNAME}  with the password  {password()}\n"
        f"              jobs that train and evaluate small models run now: {settings.PUBLIC_URL}/jobs\n\n"
    )
