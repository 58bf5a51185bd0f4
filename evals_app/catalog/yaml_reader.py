"""Takes values out of a YAML document; every refusal carries the line of the value it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evals_app.catalog.yaml_lines import Document, Path
from hub.core.errors import InvalidInput


class YamlReader:
    def __init__(self, document: Document, file_name: str) -> None:
        self.document = document
        self.file_name = file_name

    def wrong(self, path: Path, message: str) -> InvalidInput:
        line = self.document.line_of(path)
        name = ".".join(str(part) for part in path)
        return InvalidInput(f"Line {line}: {message}", field=name, line=line)

    def mapping(self, value: Any, path: Path, keys: Sequence[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(
                path, f"`{path[-1] if path else self.file_name}` must be a mapping of names to values."
            )
        for key in value:
            if key not in keys:
                raise self.wrong(
                    (*path, str(key)), f"`{key}` is not known here. Known: {', '.join(sorted(keys))}."
                )
        return value

    def text(
        self, data: dict[str, Any], key: str, path: Path, *, limit: int = 200, default: str | None = None
    ) -> str:
        value = data.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is None or (value == "" and default is None):
            raise self.wrong((*path, key), f"`{key}` is missing.")
        if not isinstance(value, str) or len(value) > limit or "\x00" in value:
            raise self.wrong((*path, key), f"`{key}` must be a text of at most {limit} characters.")
        return value

    def texts(self, value: Any, path: Path) -> tuple[str, ...]:
        items = [value] if isinstance(value, str) else value or []
        if not isinstance(items, list) or len(items) > 100 or not all(isinstance(i, str) for i in items):
            raise self.wrong(path, f"`{path[-1]}` must be a text or a list of texts.")
        return tuple(items)

    def whole(self, data: dict[str, Any], key: str, path: Path, default: int, least: int, most: int) -> int:
        value = data.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong((*path, key), f"`{key}` must be a whole number from {least} to {most}.")
        return value

    def number(
        self, data: dict[str, Any], key: str, path: Path, default: float, least: float, most: float
    ) -> float:
        value = data.get(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong((*path, key), f"`{key}` must be a number from {least:g} to {most:g}.")
        return float(value)

    def flag(self, data: dict[str, Any], key: str, path: Path, default: bool) -> bool:
        value = data.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong((*path, key), f"`{key}` must be true or false.")
        return value

    def choice(self, data: dict[str, Any], key: str, path: Path, known: Sequence[str], default: str) -> str:
        value = data.get(key, default)
        if value not in known:
            raise self.wrong((*path, key), f"`{key}` must be one of {', '.join(known)}.")
        return str(value)
