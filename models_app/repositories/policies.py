"""Who may do what with a repository; pure, so that lists and single checks share one rule."""

from __future__ import annotations

from enum import IntEnum

from hub.accounts.actors import Reach
from hub.accounts.models import Role


class Need(IntEnum):
    """`READ` is knowing that it exists, its card and its tree; `CONTENT` is the bytes of its files."""

    READ = 1
    CONTENT = 2
    CONTRIBUTE = 3
    WRITE = 4
    ADMIN = 5


REACH_FOR = {
    Need.READ: Reach.READ,
    Need.CONTENT: Reach.READ,
    Need.CONTRIBUTE: Reach.DISCUSS,
    Need.WRITE: Reach.WRITE,
    Need.ADMIN: Reach.ADMIN,
}


def allows(need: Need, *, role: Role | None, is_public: bool, is_signed_in: bool, is_creator: bool) -> bool:
    """What the person's role gives, before a token narrows it. Creators with the write role
    administer what they made."""
    rank = -1 if role is None else role.rank
    if need in {Need.READ, Need.CONTENT}:
        return is_public or rank >= Role.READ.rank
    if need is Need.CONTRIBUTE:
        return is_signed_in and (is_public or rank >= Role.CONTRIBUTOR.rank)
    if need is Need.WRITE:
        return rank >= Role.WRITE.rank
    return rank >= Role.ADMIN.rank or (is_creator and rank >= Role.WRITE.rank)
