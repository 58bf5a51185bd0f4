"""The YAML at the top of a README, read without trust.

Cards come from strangers: size, depth and the number of values are bounded before anything is
built, and what comes out is plain JSON data.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import yaml

from models_app.cards import card_rules

MAX_YAML_CHARACTERS = 512_000
MAX_DEPTH = 40
MAX_VALUES = 100_000
MAX_ALIASES = 200

# The closing fence may end the text; a byte order mark and blank lines before the opening one are common.
FRONT_MATTER = re.compile(r"\A﻿?\s*^---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Card:
    """A README in two parts. `problem` says why `data` is empty although there is front matter."""

    data: dict[str, Any] = field(default_factory=dict)
    body: str = ""
    problem: str | None = None
    has_front_matter: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """`errors` refuse an upload. `unknown_words` are among the warnings there, since vocabularies grow
    elsewhere; an author who asks for a check of the card alone is told them as errors."""

    errors: list[str]
    warnings: list[str]
    unknown_words: list[str] = field(default_factory=list)


class CardProblem(ValueError):
    """Front matter that cannot be used, in a sentence for its author."""


def parse(text: str) -> Card:
    """Split and read a README. Never raises: a broken card still shows its text."""
    match = FRONT_MATTER.match(text)
    if match is None:
        return Card(body=text)
    body = text[match.end() :]
    try:
        return Card(data=read_yaml(match[1]), body=body, has_front_matter=True)
    except CardProblem as problem:
        return Card(body=body, problem=str(problem), has_front_matter=True)


def validate(text: str, repository_type: str) -> Report:
    """What the author of a README should know before it is committed: errors refuse the commit."""
    card = parse(text)
    if card.problem:
        return Report(errors=[card.problem], warnings=[])
    if not card.data:
        return Report(errors=[], warnings=["empty or missing yaml metadata in repo card"])
    unknown = list(card_rules.unknown_words(card.data, repository_type))
    return Report(errors=list(card_rules.errors(card.data)), warnings=unknown, unknown_words=unknown)


def read_yaml(text: str) -> dict[str, Any]:
    """The mapping that the YAML holds, as JSON data. Raises CardProblem."""
    value = read_value(text)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CardProblem("The metadata must be a mapping of names to values.")
    return value


def read_value(text: str) -> Any:
    """What the YAML holds, whatever its kind, as JSON data. Raises CardProblem."""
    if len(text) > MAX_YAML_CHARACTERS:
        raise CardProblem(f"The metadata is longer than {MAX_YAML_CHARACTERS} characters.")
    try:
        check_shape(text)
        loaded = yaml.load(text, Loader=CardLoader)  # noqa: S506  a safe loader, see CardLoader
    except yaml.YAMLError as error:
        raise CardProblem(f"The metadata is not valid YAML: {where(error)}") from None
    except ValueError as error:  # `2024-13-45` looks like a date and is none
        raise CardProblem(f"The metadata holds a value that cannot be read: {error}") from None
    return Plain().value(loaded)


class CardLoader(yaml.CSafeLoader):
    """The safe loader without merge keys, which multiply in the hands of an attacker."""

    def flatten_mapping(self, node: Any) -> None:
        """Leave `<<` as an ordinary name."""


def merge_as_text(loader: yaml.CSafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


CardLoader.add_constructor("tag:yaml.org,2002:merge", merge_as_text)


def check_shape(text: str) -> None:
    """Refuse deep or huge documents by a pass over events, before any object is built: the loader
    recurses in C, where too deep a nesting would end the process. Raises CardProblem, YAMLError."""
    depth = aliases = 0
    for values, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > MAX_DEPTH:
            raise CardProblem(f"The metadata is nested more than {MAX_DEPTH} levels deep.")
        if values > MAX_VALUES or aliases > MAX_ALIASES:
            raise CardProblem("The metadata holds too many values.")


def where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    # The fence above the metadata is line 1 of the file.
    return f"{problem} (line {mark.line + 2}, column {mark.column + 1})" if mark else problem


class Plain:
    """Turns loaded YAML into JSON data; aliases are written out, so the number of values is bounded."""

    def __init__(self) -> None:
        self.left = MAX_VALUES

    def value(self, loaded: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise CardProblem("The metadata holds too many values.")
        if isinstance(loaded, dict):
            return {str(key): self.value(inner) for key, inner in self.items(loaded)}
        if isinstance(loaded, (list, tuple, set)):
            return [self.value(inner) for inner in loaded]
        return self.scalar(loaded)

    def items(self, loaded: dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
        for key, inner in loaded.items():
            # `language: no` is Norwegian, which YAML 1.1 reads as false.
            yield key, norwegian(inner) if key == "language" else inner

    def scalar(self, loaded: Any) -> Any:
        if isinstance(loaded, float) and not math.isfinite(loaded):
            return None  # JSON has no such number
        if isinstance(loaded, int) and abs(loaded) >= 1 << 63 and not isinstance(loaded, bool):
            return str(loaded)
        if loaded is None or isinstance(loaded, (bool, int, float)):
            return loaded
        if isinstance(loaded, str):
            return clean_text(loaded)
        if isinstance(loaded, (date, datetime)):
            return loaded.isoformat()
        return clean_text(str(loaded))


def norwegian(value: Any) -> Any:
    if value is False:
        return "no"
    if isinstance(value, list):
        return ["no" if inner is False else inner for inner in value]
    return value


def clean_text(text: str) -> str:
    """Without NUL and lone surrogates, which PostgreSQL refuses."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
