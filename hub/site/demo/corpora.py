"""Corpora from text that every installation carries: Django's translation catalogues and the
documentation strings of Python's standard library. Pure: files in, rows out, the same every time.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import django
from babel.messages.mofile import read_mo

SKIPPED = {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3", "__pycache__"}
TEST, VALIDATION, TRAIN = "test", "validation", "train"


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and what belongs to it: its translation, or its summary. `origin` says where it stood."""

    source: str
    target: str
    origin: str


def catalogue_pairs(locale: str) -> list[Pair]:
    """English texts of Django and their translations into `locale` (a folder name such as `zh_Hans`).

    Each English text once, the first translation found; texts equal to their translation are left
    out, and so are those with HTML, which would teach markup instead of language.
    """
    found: dict[str, Pair] = {}
    root = Path(django.__file__).parent
    for path in sorted(root.glob(f"**/locale/{locale}/LC_MESSAGES/*.mo")):
        origin = path.relative_to(root).parts[-5] if "contrib" in path.parts else "core"
        for source, target in _messages(path):
            if _is_useful(source) and _is_useful(target) and source != target:
                found.setdefault(source.casefold(), Pair(source, target, f"django/{origin}"))
    return list(found.values())


def _messages(path: Path) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        for message in read_mo(file):
            if not message.id:
                continue
            if isinstance(message.id, tuple | list):
                yield _one_line(message.id[0]), _one_line(message.string[0])
                yield _one_line(message.id[1]), _one_line(message.string[-1])
            else:
                yield _one_line(message.id), _one_line(str(message.string))


def _one_line(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").split())


def _is_useful(text: str) -> bool:
    return 1 < len(text) <= 300 and "<" not in text and any(letter.isalpha() for letter in text)


def docstring_pairs() -> list[Pair]:
    """Documentation strings of the standard library: the body as source, its first line as target."""
    found: dict[str, Pair] = {}
    for module, name, text in _docstrings():
        first, _, rest = text.partition("\n\n")
        first, rest = _one_line(first), rest.strip()
        if 15 <= len(first) <= 120 and 80 <= len(rest) <= 1200:
            found.setdefault(rest.casefold(), Pair(rest, first, f"{module}.{name}" if name else module))
    return list(found.values())


def docstring_texts() -> list[Pair]:
    """Whole documentation strings of some length, for language modelling (`target` is empty)."""
    found: dict[str, Pair] = {}
    for module, name, text in _docstrings():
        if 100 <= len(text) <= 4000:
            found.setdefault(text.casefold(), Pair(text, "", f"{module}.{name}" if name else module))
    return list(found.values())


def library_sources() -> list[tuple[str, Path]]:
    """Names and files of the standard library's modules, tests and bundled programs left out."""
    root = Path(sysconfig.get_paths()["stdlib"])
    found = [(path.relative_to(root), path) for path in sorted(root.rglob("*.py"))]
    return [
        (".".join(relative.with_suffix("").parts), path)
        for relative, path in found
        if SKIPPED.isdisjoint(relative.parts)
    ]


@cache
def _docstrings() -> tuple[tuple[str, str, str], ...]:
    """Module, name and cleaned text, by reading the sources: nothing is imported. Seconds, so once."""
    return tuple(found for module, path in library_sources() for found in _docstrings_of(path, module))


def _docstrings_of(path: Path, module: str) -> Iterator[tuple[str, str, str]]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield module, getattr(node, "name", ""), inspect.cleandoc(text)


def split(pairs: list[Pair], *, test: int, validation: int) -> dict[str, list[Pair]]:
    """Three parts without a source in common. The order comes from a hash of the source, so the same
    text lands in the same part in every installation, whatever else its catalogues hold.
    """
    ordered = sorted(pairs, key=lambda pair: hashlib.sha256(pair.source.casefold().encode()).digest())
    return {
        TEST: ordered[:test],
        VALIDATION: ordered[test : test + validation],
        TRAIN: ordered[test + validation :],
    }
