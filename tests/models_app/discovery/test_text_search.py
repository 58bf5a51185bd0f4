"""The same words find the same repositories on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from hub.accounts.actors import ANONYMOUS
from models_app.discovery import selectors
from models_app.discovery.queries import ListQuery
from models_app.repositories.models import Repository


def found(text: str) -> set[str]:
    page = selectors.list_repositories(ANONYMOUS, ListQuery(text=text))
    return {row.name for row in page.repositories}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("small", {"T5-small_fr"}),
        ("t5", {"T5-small_fr"}),
        ("smal", {"T5-small_fr"}),
        ("translat french", {"T5-small_fr"}),
        ("translation german", set()),
        ("acme", {"T5-small_fr", "pairs"}),
        ("acme/t5-small", {"T5-small_fr"}),
        ("Übersetzung", {"pairs"}),
        ("mit", {"pairs"}),
        ("中文", {"pairs"}),
        ("", {"T5-small_fr", "pairs"}),
        ("   ", {"T5-small_fr", "pairs"}),
        ('"', set()),
        ("* OR small' --", set()),
        ("small & !t5 | (x):*", set()),
        ("a AND b NEAR(c)", set()),
    ],
)
def test_it_finds_by_beginnings_of_words(acme, shelf, text, expected) -> None:
    shelf(acme, "T5-small_fr", title="Tiny", summary="Translates French.", task="translation")
    shelf(acme, "pairs", title="Sätze zur Übersetzung", summary="中文 sentences", licence="mit")
    assert found(text) == expected


def test_it_follows_changes_moves_and_deletions(acme, alice, shelf) -> None:
    row = shelf(acme, "thing", summary="first words")
    Repository.objects.filter(pk=row.pk).update(summary="other words", namespace=alice.namespace)
    assert (found("first"), found("acme"), found("other"), found("alice")) == (
        set(),
        set(),
        {"thing"},
        {"thing"},
    )
    row.delete()
    assert found("other") == set()
