from __future__ import annotations

from django.test import Client

from tests.factories.repositories import make_repository
from tests.models_app.pages.conftest import CARD


def test_it_lists_what_the_visitor_may_see(client: Client, as_owner: Client, model, secret) -> None:
    assert "acme/model" in client.get("/models").text
    assert "acme/secret" not in client.get("/models").text
    assert "acme/secret" in as_owner.get("/models").text
    assert "acme/model" not in client.get("/datasets").text


def test_it_keeps_the_whole_state_in_the_address(client: Client, model) -> None:
    page = client.get("/models?task=translation&sort=likes&q=model").text
    assert 'value="model"' in page
    assert '<option value="likes" selected>' in page
    # A chosen facet's address takes it away again and keeps the rest.
    assert 'href="/models?sort=likes&amp;q=model" aria-current="true"' in page
    assert "acme/model" in page


def test_it_counts_values_of_each_facet(client: Client, acme, model) -> None:
    make_repository(acme, "other", files={"README.md": "---\nlicense: mit\npipeline_tag: fill-mask\n---\n"})
    context = client.get("/models?task=translation").context
    by_label = {group.label: {c.value: c.count for c in group.choices} for group in context["facets"]}
    assert by_label["Task"] == {"fill-mask": 1, "translation": 1}
    assert by_label["Licence"] == {"mit": 1}
    assert by_label["Language"] == {"en": 1, "fr": 1}
    assert by_label["Organization"] == {"acme": 1}


def test_it_pages_by_cursor(client: Client, owner, monkeypatch) -> None:
    monkeypatch.setattr("models_app.pages.browse.PAGE", 2)
    names = {make_repository(owner, f"m{number}").full_id for number in range(3)}
    first = client.get("/models?sort=created")
    rest = client.get(first.context["next_url"])
    seen = [[row.full_id for row in page.context["page"].repositories] for page in (first, rest)]
    assert [len(part) for part in seen] == [2, 1]
    assert {name for part in seen for name in part} == names
    assert rest.context["next_url"] == ""


def test_it_says_what_to_do_when_nothing_is_there(client: Client, db) -> None:
    assert "hf upload" in client.get("/datasets").text
    assert "Nothing matches" in client.get("/models?q=nosuchthing").text


def test_it_refuses_a_cursor_that_was_not_given(client: Client, db) -> None:
    assert client.get("/models?cursor=rubbish").status_code == 400


def test_the_number_of_queries_does_not_grow(client: Client, acme, django_assert_max_num_queries) -> None:
    for number in range(4):
        make_repository(acme, f"m{number}", files={"README.md": CARD})
    client.get("/models")
    with django_assert_max_num_queries(9):
        assert client.get("/models").status_code == 200
