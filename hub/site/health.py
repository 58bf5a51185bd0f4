"""Whether the hub can serve: its database answers and its storage takes a write."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection


@dataclass(frozen=True, slots=True)
class Health:
    """An empty text means fine; otherwise what kind of thing is wrong, and no address of anything inside."""

    database: str
    storage: str

    @property
    def is_good(self) -> bool:
        return not (self.database or self.storage)


def check() -> Health:
    return Health(database=_database_problem(), storage=_storage_problem())


def _database_problem() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except DatabaseError as error:
        return type(error).__name__
    return ""


def _storage_problem() -> str:
    try:
        with tempfile.NamedTemporaryFile(dir=Path(settings.DATA_DIR), prefix=".healthz-") as probe:
            probe.write(b"1")
            probe.flush()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""
