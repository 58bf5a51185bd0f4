"""Remembers where pulled content came from."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from hub.core.clock import now
from models_app.mirrors.models import RepositoryOrigin
from models_app.repositories.models import Repository


@transaction.atomic
def record_origin(
    repository: Repository,
    *,
    endpoint: str,
    source_id: str,
    revision: str,
    source_commit: str,
    commit: str,
    job_id: UUID | None = None,
) -> RepositoryOrigin:
    """The newest pull replaces what was known: the row tells what the repository holds now."""
    origin, _ = RepositoryOrigin.objects.update_or_create(
        repository=repository,
        defaults={
            "endpoint": endpoint,
            "source_id": source_id,
            "revision": revision,
            "source_commit": source_commit,
            "commit": commit,
            "job_id": job_id,
            "pulled_at": now(),
        },
    )
    return origin
