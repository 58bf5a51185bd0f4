from __future__ import annotations

import pytest

from models_app.collections import selectors, services
from tests.factories.accounts import actor_for, make_user
from tests.factories.repositories import make_repository


@pytest.mark.django_db
def test_a_person_makes_fills_and_orders_a_collection(client):
    alice = make_user("alice")
    for name in ("a", "b"):
        make_repository(alice, name)
    client.force_login(alice)
    place = client.post("/collections/new", {"owner": "alice", "title": "Mine"})["Location"]
    collection = selectors.changeable_by(actor_for(alice))[0]
    for name in ("a", "b"):
        answer = client.post(f"/alice/{name}/collect", {"collection": collection.pk, "note": f"of {name}"})
        assert answer["Location"] == place
    assert client.post("/alice/a/collect", {"collection": collection.pk}).status_code == 400
    second = collection.items.get(position=1)
    client.post(f"{place}/items/{second.pk}", {"position": "0"})
    text = client.get(place).content.decode()
    assert text.index("alice/b") < text.index("alice/a")
    assert "of a" in text
    client.post(f"{place}/items/{second.pk}", {"action": "remove"})
    client.post(f"{place}/edit", {"title": "Renamed", "theme": "pink", "private": "on"})
    moved = client.get(place)
    assert moved.status_code == 302
    assert "Renamed" in client.get("/collections?owner=alice").content.decode()
    client.logout()
    assert client.get(moved["Location"]).status_code == 404
    assert "Renamed" not in client.get("/collections").content.decode()


@pytest.mark.django_db
def test_a_list_costs_the_same_for_few_and_many(client, django_assert_max_num_queries):
    alice = make_user("alice")
    for number in range(8):
        services.create(actor_for(alice), "alice", title=f"Number {number}")
    with django_assert_max_num_queries(8):
        assert client.get("/collections").status_code == 200
