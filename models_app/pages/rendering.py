"""Markdown of repositories as HTML: cards, files, comments."""

from __future__ import annotations

from django.core.cache import cache
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from models_app.cards import front_matter, markdown
from models_app.cards.front_matter import Card
from models_app.pages import addresses
from models_app.repositories import selectors
from models_app.repositories.models import Repository

README = "README.md"
CACHE_SECONDS = 3600


def card_html(repository: Repository) -> SafeString | None:
    """The rendered README of the default branch; None where there is none. Kept for each commit."""
    if not repository.head:
        return None
    key = f"card-html:{repository.pk}:{repository.head}:{repository.full_id}:{get_language()}"
    kept: str | None = cache.get(key)
    if kept is None:
        kept = _render_card(repository)
        cache.set(key, kept, CACHE_SECONDS)
    return SafeString(kept) if kept else None


def card_as_written(repository: Repository) -> Card:
    """The README of the default branch, its fields in the author's order, which an indexed card loses
    on some databases. Empty where there is none."""
    raw = selectors.read_small(repository, repository.head, README) if repository.head else None
    return front_matter.parse((raw or b"").decode("utf-8", "replace"))


def _render_card(repository: Repository) -> str:
    body = card_as_written(repository).body
    return render_markdown(repository, addresses.DEFAULT_REVISION, README, body) if body else ""


def render_markdown(repository: Repository, revision: str, path: str, text: str) -> SafeString:
    """Markdown of a file, its relative addresses as seen from the folder that it lies in. Kept by text."""
    folder = addresses.folder_of(path)
    base = addresses.at_revision(repository, "blob", revision, folder)
    raw = addresses.at_revision(repository, "resolve", revision, folder)
    return markdown.render_kept(text, f"{base}/", f"{raw}/")
