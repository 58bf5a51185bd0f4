"""The text of secrets and the rule of grants. Pure."""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from collections.abc import Sequence
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from hub.core.errors import InvalidInput

PREFIX = "hf_"
# 36 of 62 characters: 214 bits, so a plain hash is enough to keep them by.
SECRET_LENGTH = 36
ALPHABET = string.ascii_letters + string.digits

GRANT_PLACE = re.compile(
    r"public|namespace:[A-Za-z0-9_.-]+|repository:(?:model|dataset|space):[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+"
)
# What the hub itself lends to a job's token, beyond the rights of its user.
LENT_PLACE = re.compile(r"lent:(?:model|dataset):[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
REPOSITORY_RIGHTS = ("read", "discuss", "write", "admin")
NAMESPACE_RIGHTS = (*REPOSITORY_RIGHTS, "jobs")


class Grant(TypedDict):
    """One line of a fine-grained token: the place, and what the token may do there."""

    on: str
    may: list[str]


def new_secret() -> str:
    return PREFIX + "".join(secrets.choice(ALPHABET) for _i in range(SECRET_LENGTH))


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def check_grants(grants: Sequence[Any], *, may_lend: bool = False) -> list[Grant]:
    """The grants in their stored form; InvalidInput names the one that is wrong. `may_lend` for the tokens
    that the hub makes for its jobs."""
    return [_checked(grant, may_lend=may_lend) for grant in grants]


def parse_grant(text: str) -> Grant:
    """`namespace:acme=read,jobs` as a command line writes it."""
    place, separator, rights = text.partition("=")
    if not separator:
        raise InvalidInput(
            _("“%(text)s” is not a grant: write PLACE=RIGHT,RIGHT.") % {"text": text}, field="grants"
        )
    return _checked({"on": place.strip(), "may": [word.strip() for word in rights.split(",")]})


def _checked(grant: Any, *, may_lend: bool = False) -> Grant:
    place = grant.get("on") if isinstance(grant, dict) else None
    rights = grant.get("may") if isinstance(grant, dict) else None
    is_lent = may_lend and isinstance(place, str) and LENT_PLACE.fullmatch(place) is not None
    if not isinstance(place, str) or not (is_lent or GRANT_PLACE.fullmatch(place)):
        raise InvalidInput(
            _("A grant is on “public”, “namespace:NAME” or “repository:TYPE:ID”, not on “%(place)s”.")
            % {"place": place},
            field="grants",
        )
    known = NAMESPACE_RIGHTS if place.startswith("namespace:") else REPOSITORY_RIGHTS
    if not isinstance(rights, list) or not rights or any(word not in known for word in rights):
        raise InvalidInput(
            _("A grant on “%(place)s” may hold: %(rights)s.") % {"place": place, "rights": ", ".join(known)},
            field="grants",
        )
    return {"on": place, "may": [word for word in known if word in rights]}
