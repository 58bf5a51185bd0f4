"""Alone with a repository: the one lock around "read the tip, move the reference"."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from hub.core.errors import Busy
from models_app.repositories.models import Repository
from models_app.storage.git_store import LOCK_WAIT_SECONDS, store

# Tells this lock from other advisory locks in the same database.
ADVISORY_CLASS = 0x6875
POLL_SECONDS = 0.01


@contextmanager
def repository_lock(repository: Repository) -> Iterator[None]:
    """Waits up to ten seconds, then raises Busy. On PostgreSQL it holds across hosts too.

    Held for milliseconds: whatever can be done before (hashing, writing contents) is done before.
    """
    if connection.vendor != "postgresql":
        with store().locked(repository.storage_id):
            yield
        return
    _take_advisory_lock(repository.pk)
    try:
        with store().locked(repository.storage_id):
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [ADVISORY_CLASS, repository.pk % 2**31])


def _take_advisory_lock(repository_id: int) -> None:
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [ADVISORY_CLASS, repository_id % 2**31])
            if cursor.fetchone()[0]:
                return
            if time.monotonic() > deadline:
                raise Busy("Other commits to this repository are in progress. Try again.")
            time.sleep(POLL_SECONDS)
