"""Large files that come in parts, in any order, several at a time, and become one verified object.

A part lies under the place of its upload and its number; what is not completed is forgotten after two days.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hub.core.database import release_connection
from hub.core.errors import InvalidInput, NotFound
from models_app.content.models import LfsObject
from models_app.content.services import receive_blob
from models_app.storage.blob_store import READ_BLOCK
from models_app.storage.intake import Intake
from models_app.storage.stores import open_store

PART_BYTES = 64 << 20
MAX_PARTS = 1000


@dataclass(frozen=True, slots=True)
class Parts:
    """How a file of `size` bytes is cut: parts of `part_bytes`, the last one of what is left."""

    place: str
    size: int
    part_bytes: int

    @property
    def count(self) -> int:
        return math.ceil(self.size / self.part_bytes)

    def length(self, number: int) -> int:
        """Bytes of the part; numbers begin with 1."""
        return min(self.part_bytes, self.size - (number - 1) * self.part_bytes)

    def name(self, number: int) -> str:
        return f"{self.place}-{number}"


def cut(size: int) -> Parts:
    """A new upload of a file that is not empty."""
    return Parts(uuid.uuid4().hex, size, max(PART_BYTES, math.ceil(size / MAX_PARTS)))


def receive(parts: Parts, number: int, stream: Iterable[bytes]) -> None:
    """Keep a part; sent again, it replaces the first. Raises InvalidInput when its length is wrong."""
    store, length = open_store("lfs"), parts.length(number)
    release_connection()
    with store.new_draft() as draft:
        with Intake(draft) as intake:
            for block in stream:
                intake.put(block)
            intake.finish()
        if intake.received != length:
            raise InvalidInput(f"Part {number} has {intake.received} bytes instead of {length}.")
        store.stage(draft, parts.name(number))


def complete(parts: Parts, sha256: str) -> LfsObject:
    """The object that the parts make; they are used up.

    Raises NotFound when one is missing, InvalidInput when together they do not have the checksum.
    """
    return receive_blob(joined(parts), sha256, parts.size)


def joined(parts: Parts) -> Iterator[bytes]:
    store = open_store("lfs")
    for number in range(1, parts.count + 1):
        draft = store.take_staged(parts.name(number))
        if draft is None:
            raise NotFound(f"Part {number} has not arrived.")
        with draft, draft.read() as file:
            while block := file.read(READ_BLOCK):
                yield block
