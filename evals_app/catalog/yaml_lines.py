"""YAML with the line of every value, so that a refusal can point at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from hub.core.errors import InvalidInput

Path = tuple[str | int, ...]
# An alias could multiply a small text into a huge tree.
MAX_VALUES = 20_000


@dataclass(frozen=True, slots=True)
class Document:
    value: Any
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int:
        """Of the value itself, else of the nearest thing around it; lines count from 1."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load(text: str) -> Document:
    """InvalidInput with the line for what is no YAML. Only plain values are ever made."""
    lines: dict[Path, int] = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            _note(node, (), node.start_mark.line + 1, lines)
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise InvalidInput(f"Line {line}: this is not YAML ({getattr(error, 'problem', error)}).") from None
    except (RecursionError, ValueError):
        raise InvalidInput("Line 1: this YAML cannot be read as plain values.") from None
    return Document(value, lines)


def _note(node: yaml.Node, path: Path, line: int, lines: dict[Path, int]) -> None:
    if len(lines) > MAX_VALUES:
        raise InvalidInput("The declaration holds too many values.")
    lines[path] = line
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            _note(child, (*path, str(key.value)), key.start_mark.line + 1, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            _note(child, (*path, index), child.start_mark.line + 1, lines)
