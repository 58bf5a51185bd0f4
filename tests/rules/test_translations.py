"""Both languages say everything."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from tests.live import ROOT

CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|</?\w+|%%")
# The rest of a page that was written this minute may wait for its translator.
LEAST_SHARE = 0.98


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def in_project() -> Iterator[str]:
    """Every message of code and templates, the singular of those that count."""
    for top in ("hub", "models_app", "evals_app", "walls"):
        for path in (ROOT / top).rglob("*.py"):
            yield from _messages(path.read_bytes())
    for path in (ROOT / "templates").rglob("*.html"):
        # What is no message becomes rows of X, whose indentation Python would object to.
        lines = templatize(path.read_text()).splitlines()
        yield from _messages("\n".join(line.lstrip() for line in lines).encode())


def _messages(source: bytes) -> Iterator[str]:
    for _line, message, _comments, _context in extract("python", io.BytesIO(source), keywords=KEYWORDS):
        yield message[0] if isinstance(message, tuple) else message


def test_nearly_every_message_is_translated(chinese: Catalog) -> None:
    messages = set(in_project())
    missing = sorted(m for m in messages if (known := chinese.get(m)) is None or not known.string)
    assert len(missing) <= len(messages) * (1 - LEAST_SHARE), missing


def test_the_catalogue_is_neither_unfinished_nor_doubtful(chinese: Catalog) -> None:
    assert not [message.id for message in chinese if message.id and (not message.string or message.fuzzy)]


def test_translations_keep_placeholders_and_marks(chinese: Catalog) -> None:
    for message in chinese:
        if message.id:
            original = message.id[0] if isinstance(message.id, tuple) else message.id
            written = message.string[0] if isinstance(message.string, tuple) else message.string
            assert sorted(PLACEHOLDER.findall(original)) == sorted(PLACEHOLDER.findall(written)), original


def test_the_catalogue_compiles_without_complaint(chinese: Catalog) -> None:
    assert not [(message.id, errors) for message, errors in chinese.check()]


def test_the_catalogue_lies_where_make_compiles_it() -> None:
    assert CATALOGUE.relative_to(ROOT) == Path("locale/zh_Hans/LC_MESSAGES/django.po")
