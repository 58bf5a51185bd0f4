from __future__ import annotations

import pytest

from hub.activity.models import Event
from hub.inbox import services
from tests.factories.repositories import commit_files, make_repository


@pytest.fixture
def told(alice, bob) -> None:
    repository = make_repository(bob, "m")
    for text in ("one", "two"):
        commit_files(repository, bob, {"a.txt": text}, summary=text)
    for event in Event.objects.filter(verb="commit"):
        services.notify([alice.pk], event.pk)


def test_it_lists_what_one_was_told_of_newest_first(caller, alice, bob, told) -> None:
    found = caller(alice).get("/api/notifications").json()
    assert found["count"] == {"view": 2, "unread": 2}
    first, second = found["notifications"]
    assert first["id"] > second["id"]
    assert (first["type"], first["by"], first["read"]) == ("commit", "bob", False)
    assert first["thing"] == {"type": "repository", "name": "bob/m", "url": "http://testserver/bob/m"}
    assert caller(bob).get("/api/notifications").json()["notifications"] == []


def test_one_or_all_are_marked_as_read(caller, alice, bob, told) -> None:
    asked = caller(alice)
    newest = asked.get("/api/notifications").json()["notifications"][0]["id"]
    assert caller(bob).post("/api/notifications/mark-as-read", {"id": newest}).status_code == 404
    assert asked.post("/api/notifications/mark-as-read", {"id": newest}).json() == {"read": 1}
    assert len(asked.get("/api/notifications?readStatus=unread").json()["notifications"]) == 1
    assert asked.post("/api/notifications/mark-as-read").json() == {"read": 1}
    assert asked.get("/api/notifications").json()["count"] == {"view": 2, "unread": 0}


def test_it_refuses_what_it_does_not_know(caller, alice) -> None:
    assert caller(alice).get("/api/notifications?readStatus=new").status_code == 400
    assert caller(alice).post("/api/notifications/mark-as-read", {"id": "x"}).status_code == 400
