"""Shared pages: home, search, health, preferences, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.factories.accounts import make_organization, make_user
from tests.factories.jobs import make_evaluation
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


def test_home_tells_a_newcomer_how_to_connect(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "export HF_ENDPOINT=http://testserver" in page
    assert "No models yet" in page


def test_home_shows_members_their_organizations_and_jobs(client: Client) -> None:
    alice = make_user("alice")
    make_organization("acme", admin=alice)
    job = make_evaluation(alice)
    client.force_login(alice)
    page = client.get("/").content.decode()
    assert "/acme/dashboard" in page
    assert f"/jobs/{job.pk}" in page


def test_home_shows_nothing_private_to_others(client: Client) -> None:
    make_repository(make_user("alice"), "hidden-thing", private=True)
    assert "hidden-thing" not in client.get("/").content.decode()


def test_home_costs_the_same_however_much_there_is(
    client: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    alice = make_user("alice")
    for number in range(4):
        make_repository(alice, f"m{number}")
    with django_assert_max_num_queries(9):
        client.get("/")


def test_search_finds_repositories_and_people(client: Client) -> None:
    make_repository(make_organization("acme-labs"), "tiny-translator")
    assert "acme-labs/tiny-translator" in client.get("/search?q=translator").content.decode()
    assert 'href="/acme-labs"' in client.get("/search?q=acme").content.decode()
    assert "Nothing found" in client.get("/search?q=zzz").content.decode()


def test_search_keeps_private_things_to_their_members(client: Client) -> None:
    make_repository(make_user("alice"), "hidden-thing", private=True)
    assert "hidden-thing" not in client.get("/search?q=hidden").content.decode().replace('value="hidden"', "")


def test_health_says_what_is_wrong(client: Client, settings: Any) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "database": "", "storage": ""}
    settings.DATA_DIR = "/nowhere/at/all"
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["storage"]


def test_the_theme_is_remembered_and_leads_back(client: Client) -> None:
    answer = client.post("/settings/theme", {"theme": "dark", "next": "/models"})
    assert answer.headers["Location"] == "/models"
    assert 'data-theme="dark"' in client.get("/").content.decode()


def test_preferences_never_lead_to_another_site(client: Client) -> None:
    answer = client.post("/settings/theme", {"theme": "dark", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_the_language_follows_the_switch_and_the_browser(client: Client) -> None:
    assert 'lang="zh-Hans"' in client.get("/", headers={"Accept-Language": "zh-CN"}).content.decode()
    client.post("/settings/language", {"language": "zh-hans", "next": "/"})
    assert 'lang="zh-Hans"' in client.get("/").content.decode()


def test_an_unknown_address_says_what_to_do(client: Client) -> None:
    answer = client.get("/nothing/here/at/all")
    assert answer.status_code == 404
    assert "Nothing here" in answer.content.decode()


def test_the_style_page_shows_every_component(client: Client) -> None:
    client.force_login(make_user("olga", is_staff=True))
    answer = client.get("/style")
    assert answer.status_code == 200
    assert 'class="diff"' in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/a%00b", "/benchmarks/a%00b/c", "/benchmarks/a/b%00c"])
def test_a_name_with_a_nul_is_nobodys(client, url):
    assert client.get(url).status_code == 404
