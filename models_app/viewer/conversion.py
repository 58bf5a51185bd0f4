"""One data file becomes one Parquet file of the same repository; what stayed the same is not made again."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models_app.content import services as content
from models_app.previews import programs
from models_app.repositories import large_files, selectors
from models_app.repositories.models import Repository
from models_app.repositories.types import TreeEntry
from models_app.viewer.formats import compression_of, delimiter_of
from models_app.viewer.models import ConvertedFile
from models_app.viewer.splits import Split
from walls.reader import Reach

PROGRAM = "models_app.viewer.convert_program"
# Part of what a result is known by: another number makes everything again.
VERSION = 1
SECONDS = 1200
BLOCK = 1 << 20
MAX_PROBLEM = 500
KILLED = "Reading the file took too long, or too much memory."


@dataclass(frozen=True, slots=True)
class Source:
    """A data file and how it is read; `most_bytes` are read of it, uncompressed."""

    entry: TreeEntry
    family: str
    compression: str
    delimiter: str
    most_bytes: int

    @property
    def key(self) -> str:
        etag = self.entry.lfs.sha256 if self.entry.lfs else self.entry.oid
        known_by = [VERSION, etag, self.family, self.compression, self.delimiter, self.most_bytes]
        return hashlib.sha256(json.dumps(known_by).encode()).hexdigest()


def source_of(split: Split, entry: TreeEntry, most_bytes: int) -> Source:
    delimiter = split.options.get("delimiter") or delimiter_of(entry.path)
    family = split.family.name
    compression = "" if family == "parquet" else compression_of(entry.path)
    return Source(entry, family, compression, delimiter if family == "csv" else "", most_bytes)


def converted(repository: Repository, source: Source) -> ConvertedFile:
    """The result, made now where there is none. Takes SECONDS at most, in a process of its own."""
    known = ConvertedFile.objects.filter(repository=repository, source=source.key).first()
    if known and (known.problem or large_files.linked(repository, [known.sha256])):
        return known
    with tempfile.TemporaryDirectory(prefix="convert-") as folder:
        target = Path(folder) / "0000.parquet"
        said = _run(repository, source, target)
        columns = _stored(repository, target, said["done"]) if "done" in said else {}
    problem = "" if columns else str(said.get("problem", KILLED)).replace("\0", "")[:MAX_PROBLEM]
    row, _created = ConvertedFile.objects.update_or_create(
        repository=repository, source=source.key, defaults={"problem": problem, **columns}
    )
    return row


def _run(repository: Repository, source: Source, target: Path) -> dict[str, Any]:
    opened = selectors.open_content(repository, source.entry)
    order = {
        "family": source.family,
        "compression": source.compression,
        "delimiter": source.delimiter,
        "size": opened.size,
        "path": opened.local_path,
        "target": str(target),
        "most_bytes": source.most_bytes,
    }
    reach = Reach((opened.local_path,) if opened.local_path else (), str(target.parent))
    return programs.converse(PROGRAM, order, [opened.read], seconds=SECONDS, reach=reach)


def _stored(repository: Repository, target: Path, done: dict[str, Any]) -> dict[str, Any]:
    with target.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size = target.stat().st_size
    content.receive_blob(_blocks(target), sha256, size)
    large_files.link(repository, sha256)
    return {
        "sha256": sha256,
        "size": size,
        "rows": int(done["rows"]),
        "memory_bytes": int(done["bytes"]),
        "features_json": json.dumps(done["features"]),
        "is_partial": bool(done["partial"]),
    }


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
