"""Rows of converted splits, read by a program of its own, each answer kept for a while."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from hub.core.errors import Busy, InvalidInput
from models_app.content import selectors as content
from models_app.content.models import LfsObject
from models_app.previews import programs
from models_app.repositories import large_files
from models_app.repositories.models import Repository
from models_app.viewer.columns import media_type
from models_app.viewer.conditions import Condition, Order
from models_app.viewer.models import ConvertedFile, ConvertedSplit
from walls.reader import Reach

PROGRAM = "models_app.viewer.table_program"
SECONDS = 30
# A scan that takes longer answers with what it has seen.
SCAN_SECONDS = 15
STATISTICS_SECONDS = 300
CACHE_SECONDS = 3600
MAX_CACHED_BYTES = 2_000_000
MAX_LENGTH = 100
TOO_MUCH = "Reading these rows takes too long. Ask for less, by a filter or another order."
# Each takes a core and some memory; further readers wait for their turn.
_turns = threading.BoundedSemaphore(3)

# Name, sha256, size and rows of a converted file.
File = list[Any]


@dataclass(frozen=True, slots=True)
class Question:
    """Which rows are wanted: a page of those that fit, in an order."""

    offset: int = 0
    length: int = MAX_LENGTH
    search: str = ""
    where: Condition | None = None
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`rows` are `{"row_idx", "row", "truncated_cells"}`; `total` counts those that fit. `partial` when
    the reading ran out of time before the end of the split."""

    rows: list[dict[str, Any]]
    total: int
    partial: bool = False


def rows(repository: Repository, split: ConvertedSplit, question: Question) -> Page:
    """Raises InvalidInput for a question that the columns cannot be asked, Busy when it takes too long.

    Pictures and sounds are told by their size alone; `payload` has their bytes.
    """
    offset, length = max(0, question.offset), max(0, min(question.length, MAX_LENGTH))
    is_plain = not (question.search or question.where or question.order)
    if length == 0 or (is_plain and offset >= split.rows):
        return Page([], split.rows if is_plain else 0)
    order = {
        "act": "rows",
        "offset": offset,
        "length": length,
        "search": question.search,
        "where": question.where,
        "order": [question.order.column, question.order.descending] if question.order else None,
        "columns": list(split.columns),
        "media": [name for name, feature in split.columns.items() if media_type(feature)],
        "seconds": SCAN_SECONDS,
    }
    files, first = _needed(split.files, offset, length) if is_plain else (split.files, 0)
    order["offset"] = offset - first
    found = _kept(repository, split, files, order)
    for row in found["rows"]:
        row["row_idx"] += first
    return Page(found["rows"], split.rows if is_plain else found["total"], found["partial"])


def payload(repository: Repository, split: ConvertedSplit, row: int, column: str) -> bytes | None:
    """The bytes of one picture or sound; None where there are none."""
    files, first = _needed(split.files, row, 1)
    order = {"act": "cell", "row": row - first, "column": column}
    said = _ask(repository, files, {**order, "mixed": split.is_mixed}, seconds=SECONDS)
    return base64.b64decode(said) if isinstance(said, str) else None


def statistics(repository: Repository, split: ConvertedSplit) -> dict[str, Any]:
    """Of all columns that have some; `partial` where time or room did not suffice, empty lists at worst."""
    order = {
        "act": "statistics",
        "features": split.columns,
        "mixed": split.is_mixed,
        "seconds": STATISTICS_SECONDS / 2,
        "cpu_seconds": STATISTICS_SECONDS,
    }
    said = _said(*_order(repository, split.files, order), seconds=STATISTICS_SECONDS)
    found: dict[str, Any] = said.get("found") or {"statistics": [], "partial": True}
    return found


def joint_features(repository: Repository, rows: Iterable[ConvertedFile]) -> tuple[dict[str, Any], str]:
    """The columns of files that differ in them, made one; or why that cannot be."""
    files = [["", row.sha256, row.size, row.rows] for row in rows]
    said = _said(*_order(repository, files, {"act": "features"}), seconds=SECONDS)
    if "found" in said:
        return said["found"], ""
    return {}, str(said.get("problem", TOO_MUCH)).replace("\0", "")[:500]


def files(repository: Repository, split: ConvertedSplit) -> tuple[list[dict[str, Any]], list[Any]]:
    """The split's Parquet files, for a program that reads all of them: size and path of each (None where the
    bytes have to be asked for), and how to read it. Raises Busy when they were replaced meanwhile."""
    wanted, reads = _order(repository, split.files, {})
    return wanted["files"], reads


def _needed(files: list[File], offset: int, length: int) -> tuple[list[File], int]:
    """The files that hold these rows, and the number of the first row in them."""
    first, start, chosen = 0, 0, list[File]()
    for file in files:
        if first < offset + length and first + file[3] > offset:
            start = start if chosen else first
            chosen.append(file)
        first += file[3]
    return chosen, start


def _kept(repository: Repository, split: ConvertedSplit, files: list[File], order: dict[str, Any]) -> Any:
    """The same question about the same files has the same answer."""
    known_by = json.dumps([[file[1] for file in files], split.features_json, order])
    key = f"viewer:{repository.pk}:{hashlib.sha256(known_by.encode()).hexdigest()}"
    kept: str | None = cache.get(key)
    if kept is None:
        kept = json.dumps(_ask(repository, files, {**order, "mixed": split.is_mixed}, seconds=SECONDS))
        if len(kept) <= MAX_CACHED_BYTES:
            cache.set(key, kept, CACHE_SECONDS)
    return json.loads(kept)


def _ask(repository: Repository, files: list[File], order: dict[str, Any], *, seconds: float) -> Any:
    wanted, reads = _order(repository, files, order)
    if not _turns.acquire(timeout=seconds):
        raise Busy("Many people read datasets at this moment. Try again.")
    try:
        said = _said(wanted, reads, seconds=seconds)
    finally:
        _turns.release()
    if "problem" in said:
        raise InvalidInput(str(said["problem"]))
    if "found" not in said:
        raise Busy(TOO_MUCH)
    return said["found"]


def _said(wanted: dict[str, Any], reads: list[Any], *, seconds: float) -> dict[str, Any]:
    reach = Reach(tuple(file["path"] for file in wanted["files"] if file["path"]))
    return programs.converse(PROGRAM, wanted, reads, seconds=seconds, reach=reach)


def _order(
    repository: Repository, files: list[File], order: dict[str, Any]
) -> tuple[dict[str, Any], list[Any]]:
    """The program's order, and how it reads the files. Raises Busy when they were replaced meanwhile."""
    held = large_files.describe_linked(repository, {file[1] for file in files})
    if any(file[1] not in held for file in files):
        raise Busy("The dataset is being converted again. Try in a moment.")
    objects = [held[file[1]] for file in files]
    told = [
        {"size": row.size, "path": content.local_path(row), "rows": file[3]}
        for row, file in zip(objects, files, strict=True)
    ]
    return {**order, "files": told}, [_reader(row) for row in objects]


def _reader(row: LfsObject) -> Any:
    def read(start: int, end: int) -> Any:
        return content.read_range(row, start, end)

    return read
