"""`hf auth login` by a browser: the program's requests, and the page of its person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.accounts import device_logins
from hub.accounts.models import AccessToken, DeviceLogin
from hub.core import clock
from models_app.hf_api.device_login import DEVICE_GRANT
from tests.factories.accounts import make_token, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def started(client) -> dict[str, Any]:
    found: dict[str, Any] = client.post("/oauth/device", {"client_id": "x"}).json()
    return found


@pytest.fixture
def alice(client, started):
    alice = make_user("alice")
    client.force_login(alice)
    return alice


def poll(client, started, **changes: str) -> dict[str, Any]:
    form = {"grant_type": DEVICE_GRANT, "device_code": started["device_code"], "client_id": "x"}
    found: dict[str, Any] = client.post("/oauth/token", {**form, **changes}).json()
    return found


def answer(client, started, **changes: str):
    form = {"user_code": started["user_code"], "scope": "write", "days": "30", "answer": "agree"}
    return client.post("/login/device", {**form, **changes})


def test_a_program_is_signed_in_when_its_person_agrees(client, started, alice) -> None:
    assert started["verification_uri_complete"].endswith(f"/login/device?user_code={started['user_code']}")
    assert poll(client, started)["error"] == "authorization_pending"
    assert started["user_code"] in client.get(started["verification_uri_complete"]).text
    assert answer(client, started).status_code == 302
    token = poll(client, started)
    assert (token["token_type"], token["scope"]) == ("bearer", "write")
    assert 29 * 86400 < token["expires_in"] <= 30 * 86400
    client.logout()
    who = client.get("/api/whoami-v2", headers={"Authorization": f"Bearer {token['access_token']}"}).json()
    assert (who["name"], who["auth"]["accessToken"]["displayName"]) == ("alice", "hf (browser login)")


def test_a_token_is_given_once(client, started, alice) -> None:
    answer(client, started, scope="read", days="7")
    assert "access_token" in poll(client, started)
    assert poll(client, started)["error"] == "expired_token"
    assert AccessToken.objects.get().scope == "read"


def test_a_refusal_is_told(client, started, alice) -> None:
    assert answer(client, started, answer="no").status_code == 302
    assert poll(client, started)["error"] == "access_denied"
    assert answer(client, started).status_code == 400
    assert not AccessToken.objects.exists()


def test_it_waits_no_longer_than_it_said(client, started, alice) -> None:
    DeviceLogin.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert answer(client, started).status_code == 400
    assert poll(client, started)["error"] == "expired_token"


def test_a_program_that_asks_too_often_is_told(client, started) -> None:
    assert poll(client, started)["error"] == "authorization_pending"
    assert poll(client, started)["error"] == "slow_down"


@pytest.mark.parametrize(
    "changes", [{"user_code": "WRNG-CDXX"}, {"user_code": ""}, {"scope": "fineGrained"}, {"days": "9999"}]
)
def test_the_page_refuses_what_it_did_not_offer(client, started, alice, changes) -> None:
    assert answer(client, started, **changes).status_code == 400
    assert poll(client, started)["error"] == "authorization_pending"


def test_codes_are_read_however_they_are_typed(client, started, alice) -> None:
    assert (
        answer(client, started, user_code=started["user_code"].lower().replace("-", " ")).status_code == 302
    )


def test_a_token_agrees_to_nothing(client, started, alice) -> None:
    client.logout()
    headers = {"Authorization": f"Bearer {make_token(alice)}"}
    assert client.post("/login/device", {"answer": "agree"}, headers=headers).status_code == 403
    assert client.post("/login/device", {"answer": "agree"}).status_code == 302


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"device_code": "guessed"}, "expired_token"),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
    ],
)
def test_other_requests_are_refused_in_the_words_of_the_standard(client, started, changes, error) -> None:
    response = client.post("/oauth/token", {"grant_type": DEVICE_GRANT, **changes})
    assert (response.status_code, response.json()["error"]) == (400, error)


def test_waiting_programs_are_bounded_and_forgotten(client, started, monkeypatch) -> None:
    monkeypatch.setattr(device_logins, "MAX_WAITING", 1)
    assert client.post("/oauth/device").status_code == 503
    DeviceLogin.objects.update(expires_at=clock.now() - timedelta(days=2))
    assert client.post("/oauth/device").status_code == 200
    assert DeviceLogin.objects.count() == 1
