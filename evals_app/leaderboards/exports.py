"""A board as CSV, JSON or Parquet, written row by row as it is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from evals_app.leaderboards import rows
from evals_app.leaderboards.models import LeaderboardColumn, LeaderboardEntry

Entries = QuerySet[LeaderboardEntry]
Columns = Sequence[LeaderboardColumn]
GROUP = 5000
TEXTS = frozenset({"model", "model_commit", "licence", "library", "precision", "measured_at", "run"})
WHOLE = frozenset({"position", "rank", "parameters", "samples"})


class _Line(io.TextIOBase):
    """What `csv` wrote last."""

    text = ""

    def write(self, text: str) -> int:
        self.text = text
        return len(text)


def as_csv(entries: Entries, columns: Columns) -> Iterator[bytes]:
    line = _Line()
    writer = csv.writer(line)
    writer.writerow(rows.header(columns))
    yield line.text.encode()
    for values in _flat(entries, columns):
        writer.writerow(["" if value is None else _inert(value) for value in values])
        yield line.text.encode()


def _inert(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


def as_json(entries: Entries, columns: Columns) -> Iterator[bytes]:
    """An array, one entry a line."""
    start = b"[\n"
    for entry in entries.iterator(chunk_size=rows.CHUNK):
        yield start + json.dumps(rows.nested(entry, columns), ensure_ascii=False).encode()
        start = b",\n"
    yield b"[]\n" if start == b"[\n" else b"\n]\n"


def as_parquet(entries: Entries, columns: Columns) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = rows.header(columns)
    schema = pa.schema([(name, _type(pa, name)) for name in names])
    sink = _Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        found = _flat(entries, columns)
        while group := list(islice(found, GROUP)):
            writer.write_table(
                pa.table(dict(zip(names, zip(*group, strict=True), strict=True)), schema=schema)
            )
            yield sink.taken()
    yield sink.taken()


def _type(pa: Any, name: str) -> Any:
    if name in TEXTS or name.endswith(".run"):
        return pa.string()
    return pa.int64() if name in WHOLE else pa.float64()


class _Sink(io.RawIOBase):
    """Takes what is written until somebody sends it on."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[bytes] = []
        self._sent = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting.append(bytes(data))
        self._sent += len(self._waiting[-1])
        return len(self._waiting[-1])

    def tell(self) -> int:
        return self._sent

    def taken(self) -> bytes:
        waiting, self._waiting = b"".join(self._waiting), []
        return waiting


def _flat(entries: Entries, columns: Columns) -> Iterator[list[Any]]:
    return rows.flat(entries.iterator(chunk_size=rows.CHUNK), columns)


FORMATS: dict[str, tuple[str, Callable[[Entries, Columns], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "json": ("application/json", as_json),
    "parquet": ("application/vnd.apache.parquet", as_parquet),
}
