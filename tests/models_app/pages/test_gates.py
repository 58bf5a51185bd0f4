from __future__ import annotations

import pytest
from django.test import Client

from models_app.repositories import access, gating, services
from models_app.repositories.access import Need
from tests.factories.accounts import actor_for
from tests.factories.repositories import make_repository

CARD = """---
license: other
extra_gated_heading: Our terms
extra_gated_prompt: Read **this** first.
extra_gated_fields:
  Company: text
  Country: country
  Use:
    type: select
    options: [Research, {label: Something else, value: other}]
  I agree: checkbox
---
# A card
"""


@pytest.fixture
def gated(acme, owner):
    repository = make_repository(acme, "gated", files={"README.md": CARD, "a.txt": "secret words"})
    return services.update_settings(actor_for(owner), repository, gating="manual")


def test_it_leads_from_the_files_to_the_gate(client: Client, as_stranger: Client, gated) -> None:
    for person in (client, as_stranger):
        for page in ("blob/main/a.txt", "commit/main"):
            assert person.get(f"/acme/gated/{page}")["Location"] == "/acme/gated/access"
        assert person.get("/acme/gated/blob/main/README.md").status_code == 200
        assert person.get("/acme/gated/tree/main").status_code == 200
        assert "/acme/gated/access" in person.get("/acme/gated").text


def test_it_asks_what_the_card_says_and_takes_all_answers(as_stranger: Client, stranger, gated) -> None:
    page = as_stranger.get("/acme/gated/access").text
    assert "Our terms" in page
    assert "<strong>this</strong>" in page
    assert as_stranger.post("/acme/gated/access", {"q0": "Lab"}).status_code == 400
    answers = {"q0": "Lab", "q1": "France", "q2": "other", "q3": "on"}
    assert as_stranger.post("/acme/gated/access", answers).status_code == 302
    row = gating.request_of(actor_for(stranger), gated)
    assert row is not None
    assert row.answers == {"Company": "Lab", "Country": "France", "Use": "other", "I agree": True}


def test_nobody_is_asked_to_sign_in(client: Client, gated) -> None:
    assert "/accounts/login" in client.post("/acme/gated/access", {})["Location"]


def test_administrators_decide_on_the_page(as_owner: Client, stranger, gated) -> None:
    gating.ask(actor_for(stranger), gated, {"Company": "Lab"})
    page = as_owner.get("/acme/gated/settings/requests").text
    assert "charlie" in page
    assert "Lab" in page
    as_owner.post("/acme/gated/settings/requests/handle", {"user": "charlie", "status": "accepted"})
    assert access.can(actor_for(stranger), gated, Need.CONTENT)
    as_owner.post("/acme/gated/settings/requests/handle", {"user": "charlie", "status": "pending"})
    assert not access.can(actor_for(stranger), gated, Need.CONTENT)
    granted = as_owner.post("/acme/gated/settings/requests/grant", {"user": "charlie"})
    assert granted.status_code == 302
    assert as_owner.post("/acme/gated/settings/requests/grant", {"user": "noone"}).status_code == 400


def test_the_gate_is_set_in_the_settings(as_owner: Client, client: Client, model) -> None:
    as_owner.post("/acme/model/settings/gating", {"gating": "auto"})
    assert client.get("/acme/model/resolve/main/config.json").status_code == 401
    assert "/acme/model/settings/requests" in as_owner.get("/acme/model/settings").text
    as_owner.post("/acme/model/settings/gating", {"gating": ""})
    assert client.get("/acme/model/resolve/main/config.json").status_code == 200
