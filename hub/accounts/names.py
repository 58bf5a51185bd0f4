"""What a user or an organization may be called. Pure: whether a name is free is the table's business."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from hub.core.errors import InvalidInput

SHORTEST_NAMESPACE, LONGEST_NAMESPACE = 2, 42

# The rule of the ecosystem's clients, which refuse other names before they ask the hub.
ALLOWED = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")

# First words of paths that belong to the site, now or foreseeably, and words that scripts take for
# "nothing".
RESERVED_WORDS = frozenset(
    [
        ".well-known", "about", "accounts", "activity", "admin", "administrator", "api", "api-docs",
        "assets", "auth", "avatars", "benchmark", "benchmarks", "blob", "blog", "buckets", "cas", "chat",
        "collections", "commit", "compare", "compute", "contact", "dashboard", "datasets",
        "datasets-server", "docs",
        "engines", "enterprise", "evals", "events", "explore", "favicon.ico", "feed", "files", "followers",
        "following", "git", "graphql", "group", "groups", "healthz", "help", "home", "hub", "i18n", "index",
        "inference", "info", "invitations", "jobs", "join", "kernels", "languages", "leaderboard",
        "leaderboards", "learn", "legal", "lfs", "likes", "login", "logout", "manifest.json", "me", "media",
        "metrics", "model", "models", "new", "new-dataset", "new-model", "new-space", "none",
        "notifications", "null", "oauth", "operator", "organization", "organizations", "orgs", "papers",
        "password", "ping", "posts", "preferences", "pricing", "privacy", "public", "queues", "raw",
        "readyz", "register", "repos", "resolve", "robots.txt", "root", "runs", "schedules", "search",
        "security", "security.txt", "session", "sessions", "settings", "signin", "signout", "signup",
        "site", "sitemap.xml", "space", "spaces", "static", "storage", "stream", "style", "support",
        "endpoints", "suites", "system", "tasks", "terms", "tokens", "tree", "trending", "undefined",
        "uploads", "user", "users", "v1", "v2", "webhooks", "well-known", "workers", "xet",
    ]
)  # fmt: skip


def check_namespace_name(name: str) -> None:
    """Raise InvalidInput, with the broken rule, unless a user or an organization may be called this."""
    if not SHORTEST_NAMESPACE <= len(name) <= LONGEST_NAMESPACE:
        raise InvalidInput(
            _("A name has %(shortest)d to %(longest)d characters.")
            % {"shortest": SHORTEST_NAMESPACE, "longest": LONGEST_NAMESPACE},
            field="name",
        )
    _check_characters(name)
    if name.lower() in RESERVED_WORDS:
        raise InvalidInput(_("“%(name)s” is reserved for the site itself.") % {"name": name}, field="name")


def _check_characters(name: str) -> None:
    if not ALLOWED.fullmatch(name):
        raise InvalidInput(
            _("A name holds letters, digits, “-”, “_” and “.”, and neither starts nor ends with “-” or “.”."),
            field="name",
        )
    if "--" in name or ".." in name:
        raise InvalidInput(_("A name holds neither “--” nor “..”."), field="name")
    if name.lower().endswith((".git", ".ipynb")):
        raise InvalidInput(_("A name ends neither in “.git” nor in “.ipynb”."), field="name")
