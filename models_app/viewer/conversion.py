"""One data file, or a lot of pictures or sounds, becomes one Parquet file of the same repository; what stayed
the same is not made again."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models_app.content import services as content
from models_app.previews import programs
from models_app.repositories import large_files, selectors
from models_app.repositories.models import Repository
from models_app.repositories.types import TreeEntry
from models_app.viewer.formats import MEDIA, compression_of, delimiter_of
from models_app.viewer.models import ConvertedFile
from models_app.viewer.splits import Split
from walls.reader import Reach

PROGRAM = "models_app.viewer.convert_program"
FOLDER_PROGRAM = "models_app.viewer.folder_program"
LOT_FILES, LOT_BYTES = 500, 64_000_000
# Part of what a result is known by: another number makes everything again.
VERSION = 1
SECONDS = 1200
BLOCK = 1 << 20
MAX_PROBLEM = 500
KILLED = "Reading the file took too long, or too much memory."


@dataclass(frozen=True, slots=True)
class Source:
    """A data file and how it is read; `most_bytes` are read of it, uncompressed.

    Or some pictures or sounds of a split, a row each, with the tables that tell more about them; `labels` are
    the names of the folders that tell what the files are, none where folders mean nothing.
    """

    entries: tuple[TreeEntry, ...]
    family: str
    compression: str = ""
    delimiter: str = ""
    most_bytes: int = 0
    described_by: tuple[TreeEntry, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def is_folder(self) -> bool:
        return self.family in MEDIA

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.entries)

    @property
    def name(self) -> str:
        more = f" and {len(self.entries) - 1} more" if len(self.entries) > 1 else ""
        return self.entries[0].path + more

    @property
    def key(self) -> str:
        known_by: list[Any]
        if self.is_folder:
            files = [[entry.path, etag_of(entry)] for entry in (*self.entries, *self.described_by)]
            known_by = [VERSION, self.family, files, self.labels]
        else:
            etag = etag_of(self.entries[0])
            known_by = [VERSION, etag, self.family, self.compression, self.delimiter, self.most_bytes]
        return hashlib.sha256(json.dumps(known_by).encode()).hexdigest()


def etag_of(entry: TreeEntry) -> str:
    return entry.lfs.sha256 if entry.lfs else entry.oid


def source_of(split: Split, entry: TreeEntry, most_bytes: int) -> Source:
    delimiter = split.options.get("delimiter") or delimiter_of(entry.path)
    family = split.family.name
    compression = "" if family == "parquet" else compression_of(entry.path)
    return Source((entry,), family, compression, delimiter if family == "csv" else "", most_bytes)


def folder_sources(split: Split, entries: Mapping[str, TreeEntry], most_bytes: int) -> list[Source]:
    """The pictures or sounds of a split, as many as fit into `most_bytes`, in handy lots."""
    described_by = tuple(entries[path] for path in split.described_by)
    labels = () if described_by else labels_of(split.files)
    lots, lot, size, left = list[Source](), list[TreeEntry](), 0, most_bytes
    for path in split.files:
        entry = entries[path]
        left -= entry.size
        if left < 0:
            break
        if lot and (len(lot) == LOT_FILES or size + entry.size > LOT_BYTES):
            lots.append(Source(tuple(lot), split.family.name, described_by=described_by, labels=labels))
            lot, size = [], 0
        lot.append(entry)
        size += entry.size
    if lot:
        lots.append(Source(tuple(lot), split.family.name, described_by=described_by, labels=labels))
    return lots


def labels_of(paths: Sequence[str]) -> tuple[str, ...]:
    """By the rule of the `datasets` library: the last folders' names, where all files lie equally deep and in
    more than one such folder."""
    folders = {path.rpartition("/")[0] for path in paths}
    names = sorted({folder.rpartition("/")[2] for folder in folders})
    is_even = len({folder.count("/") for folder in folders}) == 1
    return tuple(names) if is_even and len(names) > 1 else ()


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
    if source.is_folder:
        return _run_folder(repository, source, target)
    opened = selectors.open_content(repository, source.entries[0])
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


def _run_folder(repository: Repository, source: Source, target: Path) -> dict[str, Any]:
    every = [*source.entries, *source.described_by]
    opened = [selectors.open_content(repository, entry) for entry in every]
    told = [
        {"name": entry.path, "size": content.size, "path": content.local_path}
        for entry, content in zip(every, opened, strict=True)
    ]
    order = {
        "column": source.family,
        "feature": MEDIA[source.family],
        "files": told[: len(source.entries)],
        "tables": told[len(source.entries) :],
        "labels": source.labels,
        "target": str(target),
    }
    reach = Reach(tuple(each.local_path for each in opened if each.local_path), str(target.parent))
    return programs.converse(
        FOLDER_PROGRAM, order, [each.read for each in opened], seconds=SECONDS, reach=reach
    )


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
