"""Every route that changes something, asked by nobody, a stranger, a member and the owner."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.rules.permissions import READING, Row, all_rows, expected, make_world, statuses


@pytest.mark.django_db
@pytest.mark.parametrize("row", [row for row in all_rows() if row.method not in READING], ids=str)
def test_it_lets_in_exactly_whom_it_should(client: Client, row: Row) -> None:
    assert statuses(client, row, make_world()) == expected(row)
