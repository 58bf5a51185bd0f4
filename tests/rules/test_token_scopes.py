"""What a narrow token may not: routes that are not for everybody, asked with the owner's own token.

The refusals are those of `test_permissions`; here the person has the right, and the token has not.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.factories.accounts import make_token
from tests.rules.permissions import READING, Row, World, all_rows, ask, make_world

ELSEWHERE = [{"on": "namespace:elsewhere", "may": ["read", "write", "admin", "jobs"]}]
# Asked with a token; strangers are refused, and the owner is not.
ROWS = [
    row for row in all_rows() if row.by == "token" and row.statuses[1] in {403, 404} and row.statuses[3] < 400
]
# Some routes read although their method is POST: who may only read gets through there.
CHANGES = [row for row in ROWS if row.method not in READING and row.statuses[2] in {403, 404}]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """One for all: what is refused changes nothing."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


def status(client: Client, row: Row, world: World, secret: str) -> int:
    client.raise_request_exception = False
    return ask(client, row, world.owner, row.prepare(world) if row.prepare else {}, secret)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_token_for_another_place_opens_nothing_here(
    client: Client, row: Row, world: World, db: None
) -> None:
    secret = make_token(world.owner, "fineGrained", grants=ELSEWHERE)
    assert status(client, row, world, secret) in {403, 404}


@pytest.mark.parametrize("row", CHANGES, ids=str)
def test_a_token_that_reads_changes_nothing(client: Client, row: Row, world: World, db: None) -> None:
    assert status(client, row, world, make_token(world.owner, "read")) in {403, 404}
