"""Every route, asked by nobody, a stranger, a member and the owner."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rules.permissions import PERSONS, Row, all_rows, ask, make_world, routes

ROWS = all_rows()


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_it_lets_in_exactly_whom_it_should(client: Client, row: Row) -> None:
    client.raise_request_exception = False
    world = make_world()
    values = row.prepare(world) if row.prepare else {}
    found = tuple(ask(client, row, world.user(person), values) for person in PERSONS)
    assert dict(zip(PERSONS, found, strict=True)) == dict(zip(PERSONS, row.statuses, strict=True))


def test_it_has_a_row_for_every_route() -> None:
    missing = routes() - {row.route for row in ROWS}
    assert not missing, f"Add rows in tests/rules/permission_rows/ for: {sorted(missing)}"


def test_it_has_no_row_for_a_route_that_is_gone() -> None:
    assert not {row.route for row in ROWS} - routes()
