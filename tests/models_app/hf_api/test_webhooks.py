from __future__ import annotations

import pytest

URL = "/api/settings/webhooks"
BODY = {
    "url": "https://ci.example.org/hook",
    "watched": [{"type": "user", "name": "somebody-else"}, {"type": "model", "name": "a/b"}],
    "domains": ["repo"],
    "secret": "hush",
}


def test_it_makes_changes_and_ends_a_webhook(caller, alice):
    me = caller(alice)
    made = me.post(URL, BODY).json()["webhook"]
    assert {k: made[k] for k in BODY} == BODY
    assert made["disabled"] is False
    assert [row["id"] for row in me.get(URL).json()] == [made["id"]]
    one = f"{URL}/{made['id']}"
    assert me.post(f"{one}/disable").json()["webhook"]["disabled"] is True
    assert me.post(f"{one}/enable").json()["webhook"]["disabled"] is False
    changed = me.post(one, {"url": "https://ci.example.org/new", "watched": []}).json()["webhook"]
    assert (changed["url"], changed["watched"]) == ("https://ci.example.org/new", BODY["watched"])
    assert me.send("DELETE", one).status_code == 200
    assert me.get(one).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"url": "http://169.254.169.254/"},
        {"url": None},
        {"watched": []},
        {"watched": [{"type": "planet", "name": "mars"}]},
        {"watched": [{"type": "model", "name": "no-owner"}]},
        {"watched": "all"},
        {"domains": ["weather"]},
        {"domains": 1},
        {"secret": "two\nlines"},
    ],
)
def test_it_refuses_what_makes_no_sense(caller, alice, change):
    assert caller(alice).post(URL, {**BODY, **change}).status_code == 400


def test_it_starts_no_jobs(caller, alice):
    assert caller(alice).post(URL, {**BODY, "url": None, "jobSourceId": "x"}).status_code == 501


def test_a_token_sees_only_what_it_may(caller, alice, bob):
    made = caller(alice).post(URL, BODY).json()["webhook"]
    reader = caller(alice, "read")
    assert reader.get(URL).json()[0]["secret"] is None
    assert reader.get(f"{URL}/{made['id']}").status_code == 403
    assert reader.post(URL, BODY).status_code == 403
    assert caller(bob).get(f"{URL}/{made['id']}").status_code == 404
    narrow = caller(alice, "fineGrained", grants=[{"on": "public", "may": ["read"]}])
    assert narrow.get(URL).status_code == 403
    assert caller().get(URL).status_code == 401
