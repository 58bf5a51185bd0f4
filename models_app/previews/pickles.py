"""Which names of Python a pickle imports when it is loaded, without loading it.

The opcodes are read by `pickles_program` in a process of its own. A list of harmful names is never complete:
only a file whose every import is known to be harmless counts as harmless here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models_app.previews import programs
from models_app.previews.reading import ReadRange

PROGRAM = "models_app.previews.pickles_program"
SECONDS = 90
# A torch archive is read only where its pickle lies; a plain pickle is read whole.
BYTE_BUDGET = 1_000_000_000

# Of the library's lists; another version may judge anew.
SCANNER = "picklescan 1.0.5"

Level = Literal["innocuous", "suspicious", "dangerous"]
LEVELS: tuple[Level, ...] = ("innocuous", "suspicious", "dangerous")


@dataclass(frozen=True, slots=True)
class Import:
    module: str
    name: str
    level: Level


@dataclass(frozen=True, slots=True)
class Found:
    """`is_complete` is False where a part could not be read as a pickle, or nothing could."""

    imports: list[Import]
    is_complete: bool

    @property
    def level(self) -> Level | None:
        """The worst of the imports; None where nothing bad was found, and not everything was read."""
        worst = max((LEVELS.index(found.level) for found in self.imports), default=0)
        return LEVELS[worst] if worst or self.is_complete else None


def scan(read: ReadRange, size: int, ending: str) -> Found:
    """`ending` is the file name's, without its dot. Never raises for what strangers wrote."""
    order = {"size": size, "ending": ending}
    said = programs.converse(PROGRAM, order, [read], seconds=SECONDS, budget=BYTE_BUDGET)
    imports = [Import(*found) for found in said.get("imports", [])]
    return Found(imports, is_complete=bool(said.get("complete")))
