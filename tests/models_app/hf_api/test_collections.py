from __future__ import annotations

import pytest

from tests.factories.repositories import make_repository

URL = "/api/collections"


@pytest.fixture
def made(caller, alice):
    body = {"title": "My things", "namespace": "alice", "private": False, "description": "Chosen"}
    return caller(alice).post(URL, body).json()


def test_it_makes_and_shows_one(caller, alice, made):
    assert made["slug"].startswith("alice/my-things-")
    assert (made["owner"]["name"], made["position"], made["items"]) == ("alice", 0, [])
    assert (made["private"], made["theme"], made["upvotes"]) == (False, "blue", 0)
    assert caller().get(f"{URL}/{made['slug']}").json() == made
    again = caller(alice).post(URL, {"title": "My things", "namespace": "alice"})
    assert (again.status_code, again.json()["slug"]) == (409, made["slug"])


def test_it_changes_and_deletes_one(caller, alice, made):
    me, one = caller(alice), f"{URL}/{made['slug']}"
    changed = me.send("PATCH", one, {"title": "Better", "private": True, "theme": "pink"}).json()["data"]
    assert (changed["title"], changed["private"], changed["theme"]) == ("Better", True, "pink")
    assert me.get(one).json()["slug"] == changed["slug"] != made["slug"]
    assert caller().get(one).status_code == 404
    assert me.send("PATCH", one, {"theme": "beige"}).status_code == 400
    assert me.send("PATCH", one, {"position": -1}).status_code == 400
    assert [me.send("DELETE", one).status_code for _try in range(2)] == [200, 404]


def test_it_holds_items(caller, alice, made):
    me, items = caller(alice), f"{URL}/{made['slug']}/items"
    make_repository(alice, "a")
    make_repository(alice, "d", "dataset")
    me.post(items, {"item": {"type": "model", "id": "alice/a"}, "note": "<b>"})
    shown = me.post(items, {"item": {"type": "dataset", "id": "alice/d"}}).json()["items"]
    assert [(i["id"], i["type"], i["position"]) for i in shown] == [
        ("alice/a", "model", 0),
        ("alice/d", "dataset", 1),
    ]
    assert shown[0]["note"] == {"text": "<b>", "html": "&lt;b&gt;"}
    assert me.post(items, {"item": {"type": "model", "id": "alice/a"}}).status_code == 409
    assert me.post(items, {"item": {"type": "model", "id": "alice/none"}}).status_code == 404
    assert me.post(items, {"item": "alice/a"}).status_code == 400
    one = f"{items}/{shown[0]['_id']}"
    assert me.send("PATCH", one, {"position": 1, "note": "n"}).status_code == 200
    assert [me.send("DELETE", one).status_code for _try in range(2)] == [200, 404]


def test_it_lists_by_owner_and_item(caller, alice, bob, made):
    make_repository(alice, "a")
    caller(alice).post(f"{URL}/{made['slug']}/items", {"item": {"type": "model", "id": "alice/a"}})
    caller(bob).post(URL, {"title": "Bob's", "namespace": "bob"})
    assert len(caller().get(URL).json()) == 2
    assert [c["title"] for c in caller().get(f"{URL}?owner=bob").json()] == ["Bob's"]
    found = caller().get(f"{URL}?item=models/alice/a&sort=trending").json()
    assert [c["title"] for c in found] == ["My things"]
    assert "position" not in found[0]
    first = caller().get(f"{URL}?limit=1")
    assert len(first.json()) == 1
    assert "cursor=1" in first["Link"]
    assert caller().get(f"{URL}?item=alice").status_code == 400
    assert caller().get(f"{URL}?sort=size").status_code == 400
