"""What a repository, branch or tag may be called."""

from __future__ import annotations

import re

from hub.core.errors import InvalidInput
from models_app.repositories.ref_rules import is_ref_name

MAX_NAME = 96
NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?", re.ASCII)
# Second words of addresses that belong to a namespace's own pages.
RESERVED = frozenset(
    {
        "activity", "dashboard", "datasets", "followers", "following", "invitations", "jobs", "leaderboards",
        "likes", "members", "models", "queues", "runs", "schedules", "settings", "spaces", "storage",
        "follow", "tokens",
    }
)  # fmt: skip


def check_repository_name(name: str) -> None:
    """Raises InvalidInput with the reason; the rules are the clients' own."""
    if not 1 <= len(name) <= MAX_NAME or not NAME.fullmatch(name):
        raise InvalidInput(
            f"'{name[:120]}' is no repository name: use 1 to 96 letters, digits, '_', '-' or '.', "
            "beginning and ending with a letter, a digit or '_'."
        )
    if "--" in name or ".." in name or name.lower().endswith((".git", ".ipynb")):
        raise InvalidInput(
            f"'{name}' is no repository name: it must not hold '--' or '..' nor end in '.git' or '.ipynb'."
        )
    if name.lower() in RESERVED:
        raise InvalidInput(f"'{name}' is reserved and cannot be the name of a repository.")


def split_full_id(full_id: str) -> tuple[str, str] | None:
    """(namespace, name), or None for what cannot be the id of a repository."""
    namespace, slash, name = full_id.partition("/")
    # PostgreSQL refuses a NUL even in a question.
    possible = slash and namespace and name and "/" not in name and "\0" not in full_id
    return (namespace, name) if possible else None


def check_branch_name(name: str) -> None:
    if name.startswith("refs/") or not is_ref_name(name):
        raise InvalidInput(f"Invalid reference for a branch: refs/heads/{name}"[:400])


def check_tag_name(name: str) -> None:
    if name.startswith("refs/") or not is_ref_name(name):
        raise InvalidInput(f"Invalid tag name: {name}"[:400])
