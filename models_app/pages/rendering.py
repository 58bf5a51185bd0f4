"""Markdown of repositories as HTML: cards, files, comments."""

from __future__ import annotations

from django.core.cache import cache
from django.utils.safestring import SafeString

from models_app.cards import front_matter, markdown
from models_app.pages import addresses
from models_app.repositories import selectors
from models_app.repositories.models import Repository

README = "README.md"
CARD_CACHE_SECONDS = 3600


def card_html(repository: Repository) -> SafeString | None:
    """The rendered README of the default branch; None where there is none. Kept for each commit."""
    if not repository.head:
        return None
    key = f"card-html:{repository.pk}:{repository.head}:{repository.full_id}"
    kept: str | None = cache.get(key)
    if kept is None:
        kept = _render_card(repository)
        cache.set(key, kept, CARD_CACHE_SECONDS)
    return SafeString(kept) if kept else None


def _render_card(repository: Repository) -> str:
    raw = selectors.read_small(repository, repository.head, README)
    if raw is None:
        return ""
    body = front_matter.parse(raw.decode("utf-8", "replace")).body
    return render_markdown(repository, addresses.DEFAULT_REVISION, README, body)


def render_markdown(repository: Repository, revision: str, path: str, text: str) -> SafeString:
    """Markdown of a file, its relative addresses as seen from the folder that it lies in."""
    folder = addresses.folder_of(path)
    base = addresses.at_revision(repository, "blob", revision, folder)
    raw = addresses.at_revision(repository, "resolve", revision, folder)
    return markdown.render(text, f"{base}/", f"{raw}/")
