"""Of which large files a person may know that the hub holds them."""

from __future__ import annotations

from collections.abc import Collection

from django.core.cache import cache

from hub.accounts.actors import Actor
from models_app.repositories.access import content_readable_by
from models_app.repositories.models import RepositoryLfsObject

# Clients remember for as long what they sent.
SENT_SECONDS = 21 * 86_400


def known_to(actor: Actor, repository_id: int, sha256s: Collection[str]) -> set[str]:
    """Those of at most some hundred objects that are in a commit which the actor may read, or in one of
    this repository, which a token opened. Two queries."""
    committed = RepositoryLfsObject.objects.filter(
        lfs_object__in=set(sha256s), committed_at__isnull=False
    ).values_list("lfs_object_id", flat=True)
    readable = content_readable_by(actor).order_by().values("pk")
    return {*committed.filter(repository=repository_id), *committed.filter(repository__in=readable)}


def note_sent(user_id: int, xorb: str) -> None:
    cache.set(_sent(user_id, xorb), 1, SENT_SECONDS)


def was_sent_by(user_id: int, xorb: str) -> bool:
    """Whether the person sent the xorb lately; forgetting it costs them sending it once more."""
    return cache.get(_sent(user_id, xorb)) is not None


def _sent(user_id: int, xorb: str) -> str:
    return f"xorb-sent:{user_id}:{xorb}"
