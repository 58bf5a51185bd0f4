"""Words in names, titles and summaries: FTS5 on SQLite, tsvector on PostgreSQL.

One table, `models_app_repository_text`, kept by database triggers (migration 0002), so that no
write can forget it. Both engines split at the same places: everything but letters and digits.
"""

from __future__ import annotations

import re

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from models_app.repositories.models import Repository

WORD = re.compile(r"[^\W_]+")
MAX_WORDS = 12

SQLITE_MATCH = "SELECT rowid FROM models_app_repository_text WHERE models_app_repository_text MATCH %s"
POSTGRES_MATCH = (
    "SELECT repository_id FROM models_app_repository_text WHERE document @@ to_tsquery('simple', %s)"
)


def matching(rows: QuerySet[Repository], text: str) -> QuerySet[Repository]:
    """The rows that hold every word of `text`, each as the beginning of a word; all rows for no word."""
    words = WORD.findall(text.lower())[:MAX_WORDS]
    if not words:
        return rows.none() if text.strip() else rows
    if connection.vendor == "postgresql":
        return rows.filter(pk__in=RawSQL(POSTGRES_MATCH, [" & ".join(f"{word}:*" for word in words)]))  # noqa: S611
    return rows.filter(pk__in=RawSQL(SQLITE_MATCH, [" ".join(f'"{word}"*' for word in words)]))  # noqa: S611
