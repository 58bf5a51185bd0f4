"""Reads per-sample scores in a process of its own, as `models_app.previews.programs` starts it.

The file came by the public upload path and may be anything; what is said of it is checked outside. The
order `{"size", "metrics"}` says the statistics of each metric and a hash of what was asked.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models_app.previews.asked import Asked, limit, order, say

CPU_SECONDS = 60
MEMORY_BYTES = 4_000_000_000
MOST_SAMPLES = 1_000_000
MOST_WIDTH = 400
STATISTICS = "_statistics"


def main(asked: dict[str, Any]) -> None:
    limit(cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES)
    file = pq.ParquetFile(
        pa.PythonFile(Asked(asked["size"]), mode="r"),
        thrift_string_size_limit=24_000_000,
        thrift_container_size_limit=1_000_000,
    )
    names = file.schema_arrow.names
    if file.metadata.num_rows <= MOST_SAMPLES:
        say_scores(file, names, asked["metrics"])


def say_scores(file: Any, names: list[str], metrics: list[str]) -> None:
    say({"order": order_of(file, names), "chance": chance_of(file, names)})
    found = {}
    for metric in metrics:
        name = f"{metric}{STATISTICS}" if f"{metric}{STATISTICS}" in names else metric
        if name in names:
            rows = rows_of(file.read(columns=[name]).column(0).combine_chunks())
            packed = base64.b64encode(zlib.compress(rows.tobytes())).decode()
            found[metric] = [*rows.shape, packed]
    say({"scores": found})


def rows_of(column: Any) -> Any:
    """One row a sample: its statistics, or its value and a one."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        rows = np.asarray(column.to_pylist(), dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] > MOST_WIDTH:
            raise ValueError("the rows are no table")
        return rows
    values = np.asarray(column.to_pylist(), dtype=np.float64)
    return np.column_stack([values, np.ones(len(values))])


def order_of(file: Any, names: list[str]) -> str:
    hashed = hashlib.sha256()
    for name in ("prompt_hash", "references"):
        if name in names:
            for batch in file.iter_batches(columns=[name]):
                hashed.update(repr(batch.column(0).to_pylist()).encode())
    return hashed.hexdigest()


def chance_of(file: Any, names: list[str]) -> float | None:
    """The mean share of one choice among the listed ones."""
    if "references" not in names:
        return None
    counts = [len(value or ()) for value in file.read(columns=["references"]).column(0).to_pylist()]
    return sum(1 / count for count in counts if count) / len(counts) if counts and all(counts) else None


if __name__ == "__main__":
    main(order())
