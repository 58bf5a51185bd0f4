"""Rows of Parquet, JSON Lines and CSV files at a pinned commit; no scripts and no pickles are read."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from evals_app import splits
from evals_app.engines import hub_client
from evals_app.engines.failures import bad_input
from evals_app.engines.workplace import Reference
from evals_app.splits import ENDINGS

Row = dict[str, Any]
Rows = list[Row]


def read(repository: Reference, files: Sequence[str], *, limit: int | None = None) -> Rows:
    """The first `limit` rows, or all, of the files in order. Raises Failure(bad-input)."""
    rows = list(islice(_rows(repository, files), limit))
    if not rows:
        raise bad_input(f"{', '.join(files)} of {repository.id} hold no rows.")
    return rows


def files_of(repository: Reference, data: Mapping[str, Any]) -> list[str]:
    """The files that `{"file": path}` or `{"split": name}` mean."""
    if data.get("file"):
        return [str(data["file"])]
    split = str(data.get("split") or "")
    found = find_split(repository, split)
    if not found:
        raise bad_input(f"{repository.id} has no data for the split {split!r} ({', '.join(ENDINGS)}).")
    return found


def find_split(repository: Reference, split: str) -> list[str]:
    """`train.parquet`, `data/train-00000-of-00002.parquet`, `train/part.jsonl`, ...; empty without any."""
    return splits.files_of(hub_client.file_names(repository, "dataset"), split)


def _rows(repository: Reference, files: Sequence[str]) -> Iterator[Row]:
    for file in files:
        reader = READERS.get(PurePosixPath(file).suffix.lower())
        if reader is None:
            raise bad_input(f"{file} is of no format that is read here ({', '.join(ENDINGS)}).")
        yield from reader(hub_client.download(repository, "dataset", file), file)


def _parquet(path: Path, name: str) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=1024):
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise bad_input(f"{name} is not a Parquet file that can be read: {error}") from None


def _json_lines(path: Path, name: str) -> Iterator[Row]:
    with path.open(encoding="utf-8", errors="strict") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _json_row(line, name, number)


def _json_row(line: str, name: str, number: int) -> Row:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise bad_input(f"{name}, line {number}: {error}") from None
    if not isinstance(row, dict):
        raise bad_input(f"{name}, line {number}: a row must be an object with columns.")
    return row


def _comma_separated(path: Path, name: str) -> Iterator[Row]:
    delimiter = "\t" if name.lower().endswith(".tsv") else ","
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield from csv.DictReader(lines, delimiter=delimiter, strict=True)
    except (csv.Error, UnicodeDecodeError) as error:
        raise bad_input(f"{name} cannot be read: {error}") from None


READERS = {
    ".parquet": _parquet,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".csv": _comma_separated,
    ".tsv": _comma_separated,
}
