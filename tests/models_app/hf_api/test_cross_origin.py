"""Pages of other sites that use the protocol."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

PAGE = "https://lab.example.org"
FROM_PAGE = {"Origin": PAGE}


def test_no_page_may_call_unless_it_is_named(client: Client, settings: Settings) -> None:
    assert "Access-Control-Allow-Origin" not in client.get("/api/models", headers=FROM_PAGE)
    settings.CORS_ORIGINS = ["https://other.example.org"]
    assert "Access-Control-Allow-Origin" not in client.get("/api/models", headers=FROM_PAGE)


def test_a_named_page_reads_and_asks_first(client: Client, settings: Settings) -> None:
    settings.CORS_ORIGINS = [PAGE]
    make_repository(make_user("alice"), "thing")
    for path in ("/api/models", "/alice/thing/resolve/main/.gitattributes", "/cas/g1/v2/reconstructions/x"):
        answer = client.get(path, headers=FROM_PAGE)
        assert answer["Access-Control-Allow-Origin"] == PAGE
        assert "X-Xet-Hash" in answer["Access-Control-Expose-Headers"]
        assert "Origin" in answer["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer
    asked = client.options(
        "/cas/g1/v2/shards", headers={**FROM_PAGE, "Access-Control-Request-Headers": "authorization,range"}
    )
    assert (asked.status_code, asked["Access-Control-Allow-Headers"]) == (204, "authorization,range")
    assert "POST" in asked["Access-Control-Allow-Methods"]


def test_pages_of_the_site_are_left_alone(client: Client, settings: Settings) -> None:
    settings.CORS_ORIGINS = ["*"]
    assert "Access-Control-Allow-Origin" not in client.get("/models", headers=FROM_PAGE)
    assert client.get("/api/models", headers=FROM_PAGE)["Access-Control-Allow-Origin"] == PAGE
