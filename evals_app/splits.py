"""Which files of a dataset hold the rows of a split, by their names alone: engines read by this rule, and the
hub refuses by it what an engine would not find. Pure; `models_app.viewer.splits` follows the wider rules of
the `datasets` library."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

TRAIN = "train"
# The first of these that a split has is read.
ENDINGS = (".parquet", ".jsonl", ".ndjson", ".csv", ".tsv")


def is_of(name: str, split: str) -> bool:
    """`train.parquet`, `data/train-00000-of-00002.parquet`, `train/part.jsonl`, ..."""
    if not name.lower().endswith(ENDINGS):
        return False
    path = PurePosixPath(name)
    stem = path.name.partition(".")[0]
    return stem == split or stem.startswith((f"{split}-", f"{split}_")) or split in path.parts[:-1]


def files_of(names: Iterable[str], split: str) -> list[str]:
    """Those of the first ending that the split has, in order; empty without any."""
    found = sorted(name for name in names if is_of(name, split))
    for ending in ENDINGS:
        if chosen := [name for name in found if name.lower().endswith(ending)]:
            return chosen
    return []


def named_or_split(names: Iterable[str], named: str, split: str) -> list[str]:
    """The named file; where it is not there, all files of the split, however they are called."""
    known = list(names)
    return [named] if named in known else files_of(known, split)
