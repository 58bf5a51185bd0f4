"""Every route that reads, asked by nobody, a stranger, a member and the owner; and that no route is left out.

Routes that change something are in `test_permissions_of_changes.py`: they need a world each.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.rules.permissions import READING, Row, World, all_rows, expected, make_world, routes, statuses

ROWS = all_rows()


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """One world for all: making repositories costs far more than asking."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.mark.parametrize("row", [row for row in ROWS if row.method in READING], ids=str)
def test_it_lets_in_exactly_whom_it_should(client: Client, row: Row, world: World, db: None) -> None:
    assert statuses(client, row, world) == expected(row)


def test_it_has_a_row_for_every_route() -> None:
    missing = routes() - {row.route for row in ROWS}
    assert not missing, f"Add rows in tests/rules/permission_rows/ for: {sorted(missing)}"


def test_it_has_no_row_for_a_route_that_is_gone() -> None:
    assert not {row.route for row in ROWS} - routes()
