"""How long a program that reads an uploaded file takes: forked by a process that has imported its libraries,
and, for comparison in the same run, started as a new interpreter.

`python -m benchmarks.readers [--times 30]`. It shows the first rows of a small Parquet file.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from models_app.previews import parquet
from walls import reader


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=30)
    times = parser.parse_args().times
    target = io.BytesIO()
    pq.write_table(pa.table({"number": range(1000), "text": ["some words"] * 1000}), target)
    data = target.getvalue()

    def read(start: int, end: int) -> Iterator[bytes]:
        yield data[start:end]

    def preview() -> None:
        assert parquet.page(read, len(data)) is not None

    first = timed(preview, 1)
    forked = timed(preview, times)
    reader.forks = lambda: False  # type: ignore[assignment]
    started = timed(preview, times)
    print(f"forked: median {forked:.0f} ms (the first one, which imports, {first:.0f} ms)")
    print(f"a new interpreter: median {started:.0f} ms; ratio {started / forked:.1f}")


def timed(act: Callable[[], None], times: int) -> float:
    """The median, in milliseconds."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
