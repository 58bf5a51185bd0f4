from __future__ import annotations

import pytest

from hub.accounts.actors import ANONYMOUS
from hub.core.errors import InvalidInput
from models_app.discovery import selectors
from models_app.discovery.queries import FacetValue, ListQuery
from tests.factories.accounts import actor_for


def names(actor, **conditions) -> list[str]:
    return [row.full_id for row in selectors.list_repositories(actor, ListQuery(**conditions)).repositories]


def test_it_shows_private_repositories_only_to_their_people(alice, bob, acme, shelf) -> None:
    shelf(acme, "open")
    shelf(acme, "secret", visibility="private", task="translation")
    assert names(actor_for(alice), sort="name") == ["acme/open", "acme/secret"]
    for other in (ANONYMOUS, actor_for(bob)):
        assert names(other) == ["acme/open"]
        assert names(other, text="secret") == []
        assert names(other, search=("secret",)) == []
        assert selectors.facets(other, ListQuery()).tasks == []
        assert selectors.count(other, ListQuery()) == 1


def test_it_combines_conditions(alice, acme, shelf) -> None:
    fr = {"language:fr": "language", "license:mit": "license", "pytorch": "library"}
    shelf(acme, "one", tags=fr, task="translation", library="transformers", licence="mit", parameters=5)
    shelf(acme, "two", tags={"language:fr": "language"}, task="translation")
    shelf(alice.namespace, "three", tags=fr, type="dataset")
    assert set(names(ANONYMOUS, tags=("language:fr",))) == {"acme/one", "acme/two", "alice/three"}
    assert names(ANONYMOUS, tags=("fr", "license:mit"), type="model") == ["acme/one"]
    assert names(ANONYMOUS, task="translation", library="transformers", licence="mit") == ["acme/one"]
    assert set(names(ANONYMOUS, author="ACME", language="fr")) == {"acme/one", "acme/two"}
    assert names(ANONYMOUS, min_parameters=1, max_parameters=9) == ["acme/one"]
    assert names(ANONYMOUS, min_parameters=6) == []


def test_it_finds_parts_of_the_full_name(alice, acme, shelf) -> None:
    shelf(acme, "T5-small")
    shelf(alice.namespace, "bert_100%")
    assert names(ANONYMOUS, search=("t5",)) == ["acme/T5-small"]
    assert names(ANONYMOUS, search=("acme/t5",)) == ["acme/T5-small"]
    assert names(ANONYMOUS, search=("acme small",)) == ["acme/T5-small"]
    assert names(ANONYMOUS, search=("100%",)) == ["alice/bert_100%"]
    assert names(ANONYMOUS, search=("%",)) == ["alice/bert_100%"]


@pytest.mark.parametrize(
    "sort", ["updated", "created", "trending", "downloads", "likes", "parameters", "name"]
)
def test_it_pages_every_order_without_gaps_or_repeats(acme, shelf, sort) -> None:
    for number in range(7):
        # Equal values in pairs: the id decides between them.
        half = number // 2
        shelf(acme, f"r{number}", likes=half, downloads=half, trending=half / 2, parameters=half + 1)
    seen, cursor = [], ""
    while True:
        page = selectors.list_repositories(ANONYMOUS, ListQuery(sort=sort, limit=2, cursor=cursor))
        seen += [row.name for row in page.repositories]
        cursor = page.next_cursor
        if not cursor:
            break
    expected = [f"r{number}" for number in range(7)]
    assert seen == (expected if sort == "name" else expected[::-1])


@pytest.mark.parametrize("cursor", ["nonsense", "e30=", "WyJsaWtlcyIsImEiLDFd", "ÿ"])
def test_it_refuses_cursors_that_it_did_not_give(db, cursor) -> None:
    with pytest.raises(InvalidInput):
        selectors.list_repositories(ANONYMOUS, ListQuery(sort="likes", cursor=cursor))


def test_it_counts_facets_under_the_other_conditions(alice, acme, shelf) -> None:
    shelf(acme, "a", task="translation", licence="mit", tags={"language:fr": "language"})
    shelf(acme, "b", task="translation", licence="apache-2.0")
    shelf(alice.namespace, "c", task="summarization", licence="mit", library="peft")
    found = selectors.facets(ANONYMOUS, ListQuery(task="translation"))
    assert found.tasks == [FacetValue("translation", 2), FacetValue("summarization", 1)]
    assert found.licences == [FacetValue("apache-2.0", 1), FacetValue("mit", 1)]
    assert found.languages == [FacetValue("fr", 1)]
    assert found.organizations == [FacetValue("acme", 2)]
    assert found.libraries == []


def test_it_asks_a_fixed_number_of_queries(alice, acme, shelf, django_assert_num_queries) -> None:
    for number in range(12):
        shelf(acme, f"r{number}", tags={"language:fr": "language", "x": "other"})
    actor = actor_for(alice)
    with django_assert_num_queries(2):
        page = selectors.list_repositories(actor, ListQuery(text="r", tags=("fr", "x"), search=("r",)))
        assert len([(row.full_id, list(row.tag_rows.all())) for row in page.repositories]) == 12
    with django_assert_num_queries(5):
        selectors.facets(actor, ListQuery(text="r1"))
