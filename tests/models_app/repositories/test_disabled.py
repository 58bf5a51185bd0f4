from __future__ import annotations

import pytest
from django.core.management import call_command
from django.test import Client

from tests.factories.accounts import make_token, make_user
from tests.factories.repositories import make_repository

SENTENCE = "Access to this resource is disabled."


@pytest.mark.parametrize(
    "url",
    [
        "/api/models/alice/thing",
        "/alice/thing/resolve/main/a",
        "/api/models/alice/thing/tree/main",
        "/alice/thing.git/info/refs?service=git-upload-pack",
    ],
)
def test_a_disabled_repository_answers_its_owner_with_the_known_sentence(
    db, client: Client, url: str
) -> None:
    alice = make_user("alice")
    make_repository(alice, files={"a": "1"})
    call_command("disable_repository", "alice/thing")
    headers = {"Authorization": f"Bearer {make_token(alice)}"}
    answer = client.get(url, headers=headers)
    assert answer.status_code == 403
    assert SENTENCE in (answer.headers.get("X-Error-Message") or answer.text)
    call_command("disable_repository", "alice/thing", "--enable")
    assert client.get(url, headers=headers).status_code == 200
