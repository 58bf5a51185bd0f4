"""Reads of origins."""

from __future__ import annotations

from models_app.mirrors.models import RepositoryOrigin
from models_app.repositories.models import Repository


def origin_of(repository: Repository) -> RepositoryOrigin | None:
    """Where the repository was pulled from; None when it was made here."""
    return RepositoryOrigin.objects.filter(repository=repository).first()
