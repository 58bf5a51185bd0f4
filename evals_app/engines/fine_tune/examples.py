"""Rows become token lists: pairs for an encoder-decoder, blocks of running text for a causal model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evals_app.engines.failures import bad_input
from evals_app.engines.fine_tune.settings import Settings
from evals_app.engines.tables import Rows

Example = dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Texts:
    """What is learned: `sources` with their prefix and `targets`, or `sources` alone (running text)."""

    sources: list[str]
    targets: list[str]

    def all(self) -> Iterator[str]:
        yield from self.sources
        yield from self.targets


def texts(rows: Rows, settings: Settings, recipe: str) -> Texts:
    """Raises Failure(bad-input) for a column that is missing or holds no text."""
    if recipe == "causal":
        return Texts(_column(rows, settings.text_column), [])
    sources = [settings.source_prefix + text for text in _column(rows, settings.source_column)]
    return Texts(sources, _column(rows, settings.target_column))


def _column(rows: Rows, name: str) -> list[str]:
    if rows and name not in rows[0]:
        raise bad_input(f"The data set has no column {name!r}; it has {', '.join(map(repr, rows[0]))}.")
    for number, row in enumerate(rows):
        if not isinstance(row[name], str):
            raise bad_input(f"Row {number}: column {name!r} holds no text.")
    return [row[name] for row in rows]


def encode(given: Texts, tokens: Any, settings: Settings, recipe: str) -> list[Example]:
    return _blocks(given.sources, tokens, settings) if recipe == "causal" else _pairs(given, tokens, settings)


def _pairs(given: Texts, tokens: Any, settings: Settings) -> list[Example]:
    sources = tokens(given.sources, truncation=True, max_length=settings.max_source_length)["input_ids"]
    targets = tokens(text_target=given.targets, truncation=True, max_length=settings.max_target_length)[
        "input_ids"
    ]
    return [
        {"input_ids": source, "attention_mask": [1] * len(source), "labels": target}
        for source, target in zip(sources, targets, strict=True)
    ]


def _blocks(texts_: Sequence[str], tokens: Any, settings: Settings) -> list[Example]:
    """Texts one after the other with the end token between, cut into blocks; the last, short one is
    left out. Short data give a single shorter block."""
    stream: list[int] = []
    for ids in tokens(list(texts_), add_special_tokens=False)["input_ids"]:
        stream.append(tokens.eos_token_id)
        stream.extend(ids)
    size = min(settings.block_size, len(stream))
    if size < 2:
        raise bad_input("The data set holds no text to learn from.")
    starts = range(0, len(stream) - size + 1, size)
    blocks = [stream[start : start + size] for start in starts]
    return [{"input_ids": block, "attention_mask": [1] * size, "labels": list(block)} for block in blocks]
