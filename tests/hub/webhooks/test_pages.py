"""The pages of a person's webhooks."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import Client

from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("webhook", ["none", "a\0b"])
def test_what_is_no_webhook_is_missing(client: Client, webhook: str) -> None:
    """A text with a NUL is something that PostgreSQL refuses to look for."""
    client.force_login(make_user("ada"))
    assert client.get(f"/settings/webhooks/{quote(webhook)}").status_code == 404
    assert client.post(f"/settings/webhooks/{quote(webhook)}/delete").status_code == 404
