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
PARQUET_GROUP = 5000
TEXTS = frozenset({"model", "model_commit", "licence", "library", "precision", "measured_at", "run", "state"})
WHOLE = frozenset({"position", "rank", "parameters", "samples"})


class _Lines(io.StringIO):
    """What `csv` wrote since somebody took it."""

    def taken(self) -> bytes:
        text = self.getvalue()
        self.seek(0)
        self.truncate()
        return text.encode()


def as_csv(entries: Entries, columns: Columns) -> Iterator[bytes]:
    lines = _Lines()
    writer = csv.writer(lines)
    writer.writerow(rows.header(columns))
    yield lines.taken()
    for group in _groups(entries, columns):
        writer.writerows(["" if value is None else _inert(value) for value in row] for row in group)
        yield lines.taken()


def _inert(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value


def as_json(entries: Entries, columns: Columns) -> Iterator[bytes]:
    """An array, one entry a line."""
    start, named = "[\n", rows.named(columns)
    found = rows.records_of(entries, columns)
    while group := list(islice(found, rows.CHUNK)):
        lines = (json.dumps(rows.nested(record, named), ensure_ascii=False) for record in group)
        yield (start + ",\n".join(lines)).encode()
        start = ",\n"
    yield b"[]\n" if start == "[\n" else b"\n]\n"


def as_parquet(entries: Entries, columns: Columns) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = rows.header(columns)
    schema = pa.schema([(name, _type(pa, name)) for name in names])
    sink = _Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for group in _groups(entries, columns, PARQUET_GROUP):
            writer.write_table(
                pa.table(dict(zip(names, zip(*group, strict=True), strict=True)), schema=schema)
            )
            yield sink.taken()
    yield sink.taken()


def _type(pa: Any, name: str) -> Any:
    if name in TEXTS or name.endswith((".run", ".state")):
        return pa.string()
    if name == "external" or name.endswith(".held_out"):
        return pa.bool_()
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


def _groups(entries: Entries, columns: Columns, size: int = rows.CHUNK) -> Iterator[list[list[Any]]]:
    found = (rows.flat(record, columns) for record in rows.records_of(entries, columns))
    while group := list(islice(found, size)):
        yield group


FORMATS: dict[str, tuple[str, Callable[[Entries, Columns], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "json": ("application/json", as_json),
    "parquet": ("application/vnd.apache.parquet", as_parquet),
}
