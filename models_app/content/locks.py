"""One writer for one hash: rows and objects of the same key appear and go in turns."""

from __future__ import annotations

from django.db import connection


def hold(key: str) -> None:
    """Hold the key until the current transaction ends.

    SQLite needs nothing: a writing transaction has the whole database.
    """
    if connection.vendor == "postgresql":
        number = int(key[:15], 16)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
