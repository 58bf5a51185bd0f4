"""What a GGUF file says of itself: its key-value pairs and tensor shapes, read in order from the start.

Layout (little endian): `GGUF`, u32 version, u64 tensors, u64 pairs; a pair is name, u32 type, value; a tensor
is name, u32 dimensions, so many u64, u32 type, u64 offset. Names and texts are a u64 length and bytes.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from models_app.previews.reading import ReadRange

# Vocabularies of 256,000 words with their merges take about 12 MB.
MAX_HEADER_BYTES = 25_000_000
BLOCK = 1 << 20
MAX_PAIRS, MAX_TENSORS, MAX_ELEMENTS, MAX_DIMENSIONS = 4_096, 65_536, 2_000_000, 8
MAX_TEXT = 200_000
NUMBERS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
TEXT, ARRAY = 8, 9
TOKENS = "tokenizer.ggml.tokens"


class BadHeader(ValueError):
    """The file is not GGUF, or says more than is read here."""


@dataclass(frozen=True, slots=True)
class Summary:
    """`parameters` counts elements of all tensors; the others are None where the file does not say."""

    parameters: int
    architecture: str | None
    context_length: int | None
    chat_template: str | None
    bos_token: str | None
    eos_token: str | None

    def as_json(self) -> dict[str, Any]:
        named = {
            "total": self.parameters,
            "architecture": self.architecture,
            "context_length": self.context_length,
            "chat_template": self.chat_template,
            "bos_token": self.bos_token,
            "eos_token": self.eos_token,
        }
        return {name: value for name, value in named.items() if value is not None}


def read_summary(read: ReadRange, size: int) -> Summary:
    """Fetches the header and no tensor; raises BadHeader."""
    cursor = Cursor(read, min(size, MAX_HEADER_BYTES))
    if cursor.take(4) != b"GGUF" or cursor.number("<I") not in {2, 3}:
        raise BadHeader("the file does not begin as GGUF version 2 or 3")
    tensors, pairs = cursor.count(MAX_TENSORS), cursor.count(MAX_PAIRS)
    values: dict[str, Any] = {}
    for _ in range(pairs):
        name = cursor.text()
        values[name] = cursor.value(cursor.number("<I"), keep=name == TOKENS)
    return _summary(values, sum(cursor.tensor_elements() for _ in range(tensors)))


def _summary(values: dict[str, Any], parameters: int) -> Summary:
    architecture = _of(values.get("general.architecture"), str)
    tokens = values.get(TOKENS) or []

    def token(name: str) -> str | None:
        number = _of(values.get(f"tokenizer.ggml.{name}_token_id"), int)
        return tokens[number] if number is not None and 0 <= number < len(tokens) else None

    return Summary(
        parameters=parameters,
        architecture=architecture,
        context_length=_of(values.get(f"{architecture}.context_length"), int),
        chat_template=_of(values.get("tokenizer.chat_template"), str),
        bos_token=token("bos"),
        eos_token=token("eos"),
    )


T = TypeVar("T")


def _of(value: Any, kind: type[T]) -> T | None:
    return value if isinstance(value, kind) else None


class Cursor:
    """Reads on from where it stands, a block at a time."""

    def __init__(self, read: ReadRange, end: int) -> None:
        self.read, self.end = read, end
        self.fetched = self.position = 0
        self.buffer = b""

    def take(self, length: int) -> bytes:
        while len(self.buffer) - self.position < length:
            self._fetch(length)
        part = self.buffer[self.position : self.position + length]
        self.position += length
        return part

    def _fetch(self, length: int) -> None:
        upto = min(self.end, self.fetched + max(BLOCK, length))
        if upto == self.fetched:
            raise BadHeader("the header is longer than the file or the limit")
        self.buffer = self.buffer[self.position :] + b"".join(self.read(self.fetched, upto))
        self.fetched, self.position = upto, 0

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def count(self, most: int) -> int:
        found: int = self.number("<Q")
        if found > most:
            raise BadHeader("a count is beyond the limit")
        return found

    def text(self) -> str:
        return self.take(self.count(MAX_TEXT)).decode("utf-8", "replace")

    def value(self, kind: int, *, keep: bool) -> Any:
        """A number or a text; of arrays only texts that are to be kept."""
        if kind == ARRAY:
            items = self._items(self.number("<I"))
            return list(items) if keep else sum(1 for _ in items)
        if kind == TEXT:
            return self.text()
        return self.number(NUMBERS.get(kind) or _unknown(kind))

    def _items(self, kind: int) -> Iterator[str]:
        count = self.count(MAX_ELEMENTS)
        if kind == TEXT:
            for _ in range(count):
                yield self.text()
        else:
            self.take(count * struct.calcsize(NUMBERS.get(kind) or _unknown(kind)))

    def tensor_elements(self) -> int:
        self.text()
        dimensions = self.number("<I")
        if dimensions > MAX_DIMENSIONS:
            raise BadHeader("a tensor has too many dimensions")
        shape = struct.unpack(f"<{dimensions}Q", self.take(8 * dimensions))
        self.take(12)
        return math.prod(shape)


def _unknown(kind: int) -> str:
    raise BadHeader(f"there is no value of type {kind}")
