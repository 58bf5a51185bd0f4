"""How repositories appear in the record of what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.accounts.actors import Actor
from hub.activity import services as activity
from hub.activity.things import Thing
from models_app.repositories.models import Repository


def thing(repository: Repository) -> Thing:
    return Thing("repository", str(repository.pk), repository.full_id, repository.get_absolute_url())


def record(
    verb: str, actor: Actor | None, repository: Repository, data: Mapping[str, Any] | None = None
) -> None:
    """In the transaction of the act itself. Private repositories' events are private."""
    activity.record(
        verb,
        actor=actor,
        thing=thing(repository),
        namespace_id=repository.namespace_id,
        is_public=not repository.is_private,
        data=data,
    )
