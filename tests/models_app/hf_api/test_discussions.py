from __future__ import annotations

import pytest

from tests.factories.repositories import make_repository

URL = "/api/models/alice/m/discussions"


@pytest.fixture
def opened(caller, alice, bob):
    make_repository(alice, "m")
    body = {"title": " A question ", "description": "Why?", "pullRequest": False}
    return caller(bob).post(URL, body).json()


def test_it_opens_and_shows_the_first_comment(caller, opened) -> None:
    assert (opened["num"], opened["title"], opened["status"]) == (1, "A question", "open")
    details = caller().get(f"{URL}/1?diff=1").json()
    (event,) = details["events"]
    assert (event["type"], event["author"]["name"], event["data"]["latest"]["raw"]) == (
        "comment",
        "bob",
        "Why?",
    )
    assert event["data"]["latest"]["html"].strip() == "<p>Why?</p>"
    assert details == caller().get(f"{URL}/1").json()
    assert caller().get("/api/users/bob/overview").json()["numDiscussions"] == 1


def test_it_answers_each_act_with_its_event(caller, alice, bob, opened) -> None:
    new = caller(alice).post(f"{URL}/1/comment", {"comment": "Because."}).json()["newMessage"]
    edited = (
        caller(alice).post(f"{URL}/1/comment/{new['id']}/edit", {"content": "So."}).json()["updatedComment"]
    )
    assert (edited["data"]["edited"], edited["data"]["latest"]["raw"]) == (True, "So.")
    hidden = caller(alice).post(f"{URL}/1/comment/{new['id']}/hide").json()["updatedComment"]
    assert (hidden["data"]["hidden"], hidden["data"]["latest"]["raw"]) == (True, "")
    renamed = caller(bob).post(f"{URL}/1/title", {"title": "Better"}).json()["newTitle"]
    assert renamed["data"] == {"from": "A question", "to": "Better"}
    for _again in range(2):
        status = caller(alice).post(f"{URL}/1/status", {"status": "closed"}).json()["newStatus"]
        assert status["data"]["status"] == "closed"


def test_it_lists_by_state_and_author(caller, alice, opened) -> None:
    caller(alice).post(URL, {"title": "Second", "description": "B"})
    caller(alice).post(f"{URL}/1/status", {"status": "closed"})

    def numbers(query: str = "") -> list[int]:
        return [item["num"] for item in caller().get(f"{URL}?{query}").json()["discussions"]]

    assert numbers() == numbers("p=0&type=all&status=all") == [2, 1]
    assert (numbers("status=closed"), numbers("author=alice"), numbers("type=pull_request")) == ([1], [2], [])
    assert caller().get(f"{URL}?p=5").json() == {"discussions": [], "count": 2, "start": 250}


@pytest.mark.parametrize(
    ("place", "body", "status"),
    [
        ("", {"title": "", "description": "x"}, 400),
        ("", {"title": "x"}, 400),
        ("", {"title": "x", "description": "", "pullRequest": True}, 400),
        ("/1/comment", {"comment": " "}, 400),
        ("/1/comment/none/edit", {"content": "x"}, 404),
        ("/1/status", {"status": "merged"}, 400),
        ("/9/comment", {"comment": "x"}, 404),
        ("/1/merge", {}, 404),
    ],
)
def test_it_refuses_what_makes_no_sense(caller, alice, opened, place, body, status) -> None:
    assert caller(alice).post(f"{URL}{place}", body).status_code == status
