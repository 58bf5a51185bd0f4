from __future__ import annotations

from django.test import Client

from models_app.discussions import selectors, services
from models_app.discussions.models import DiscussionStatus
from tests.factories.accounts import actor_for

BASE = "/acme/model/discussions"


def test_a_stranger_asks_and_is_answered(as_stranger: Client, as_owner: Client, model) -> None:
    data = {"title": "Which data?", "description": "See [config](config.json) <script>alert(1)</script>"}
    assert as_stranger.post(f"{BASE}/new", data)["Location"] == f"{BASE}/1"
    as_owner.post(f"{BASE}/1/comment", {"comment": "The **pairs**."})
    page = as_stranger.get(f"{BASE}/1").text
    assert "<strong>pairs</strong>" in page
    assert 'href="/acme/model/blob/main/config.json"' in page
    assert "<script>alert" not in page


def test_closing_and_reopening(as_owner: Client, owner, model) -> None:
    services.open(actor_for(owner), model, title="T", description="d")
    as_owner.post(f"{BASE}/1/comment", {"comment": "Done.", "status": "closed"})
    assert selectors.get(model, 1).status == DiscussionStatus.CLOSED
    assert "T" not in [d.title for d in as_owner.get(BASE).context["page"].discussions]
    assert [d.comments for d in as_owner.get(f"{BASE}?status=closed").context["page"].discussions] == [1]
    as_owner.post(f"{BASE}/1/comment", {"status": "open"})
    assert selectors.get(model, 1).status == DiscussionStatus.OPEN


def test_an_empty_comment_is_refused_in_place(as_owner: Client, owner, model) -> None:
    services.open(actor_for(owner), model, title="T", description="d")
    answer = as_owner.post(f"{BASE}/1/comment", {"comment": "  "})
    assert answer.status_code == 400
    assert "needs some text" in answer.text


def test_others_cannot_close_rename_edit_or_hide(as_stranger: Client, owner, model) -> None:
    discussion = services.open(actor_for(owner), model, title="T", description="d")
    event = discussion.events.get().pk
    tries = {
        f"{BASE}/1/comment": {"status": "closed"},
        f"{BASE}/1/title": {"title": "x"},
        f"{BASE}/1/comments/{event}/edit": {"comment": "x"},
        f"{BASE}/1/comments/{event}/hide": {},
    }
    assert [as_stranger.post(url, data).status_code for url, data in tries.items()] == [403] * 4
    assert selectors.get(model, 1).title == "T"


def test_editing_renaming_and_hiding(as_owner: Client, owner, model) -> None:
    discussion = services.open(actor_for(owner), model, title="T", description="first words")
    event = discussion.events.get().pk
    as_owner.post(f"{BASE}/1/comments/{event}/edit", {"comment": "second words"})
    as_owner.post(f"{BASE}/1/title", {"title": "Better"})
    page = as_owner.get(f"{BASE}/1").text
    assert "second words" in page
    assert "renamed it from “T” to “Better”" in page
    as_owner.post(f"{BASE}/1/comments/{event}/hide")
    page = as_owner.get(f"{BASE}/1").text
    assert "second words" not in page
    assert "was hidden" in page


def test_the_number_of_queries_does_not_grow(
    as_owner: Client, owner, model, django_assert_max_num_queries
) -> None:
    actor = actor_for(owner)
    discussion = services.open(actor, model, title="T", description="d")
    for number in range(5):
        services.comment(actor, discussion, f"{number}")
    with django_assert_max_num_queries(9):
        as_owner.get(f"{BASE}/1")
    with django_assert_max_num_queries(9):
        as_owner.get(BASE)
