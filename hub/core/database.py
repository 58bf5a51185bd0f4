"""The connection of a thread that is about to spend minutes on a slow client."""

from __future__ import annotations

from django.db import connection


def release_connection() -> None:
    """Give the connection back before streaming a body; the next query opens one again.

    Inside a transaction it stays: closing would end the transaction.
    """
    if not connection.in_atomic_block:
        connection.close()
