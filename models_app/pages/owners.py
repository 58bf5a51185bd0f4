"""Names a person may put a repository under."""

from __future__ import annotations

from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Role


def owners_for(actor: Actor) -> list[str]:
    """The person's own name, then organizations that they may write to. One query."""
    if actor.user is None:
        return []
    memberships = accounts.organizations_of(actor.user)
    writable = [each.organization.name for each in memberships if each.role.rank >= Role.WRITE.rank]
    return [actor.name, *writable]
