"""What the values of each column are like: counts, spread, small histograms. Part of the reading program."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models_app.viewer.columns import class_names, is_list, media_type

BINS = 10
MAX_LABELS = 30
# More different values than this are a text, whatever their number.
MAX_COUNTED = 1_000
MAX_ROWS = 5_000_000
MAX_COLUMNS = 200

Tables = Callable[[list[str]], Iterator[pa.Table]]


class OutOfTime(Exception):
    """The rest of the columns stays without statistics."""


def describe(tables: Tables, features: dict[str, Any], *, seconds: float) -> dict[str, Any]:
    """One entry a column, in order; `partial` when there was not time, or not room, for all."""
    end = time.monotonic() + seconds
    found: list[dict[str, Any]] = []
    partial = len(features) > MAX_COLUMNS
    for name, feature in list(features.items())[:MAX_COLUMNS]:
        try:
            column, is_cut = collected(tables, name, feature, end)
        except OutOfTime:
            partial = True
            break
        partial = partial or is_cut
        if entry := of_column(column, feature):
            found.append({"column_name": name, **entry})
    return {"statistics": found, "partial": partial}


def collected(tables: Tables, name: str, feature: Any, end: float) -> tuple[pa.ChunkedArray, bool]:
    """What the statistics need of a column: numbers and labels as they are, of the rest lengths."""
    chunks: list[pa.Array] = []
    rows = 0
    for table in tables([name]):
        if time.monotonic() > end:
            raise OutOfTime
        if rows + table.num_rows > MAX_ROWS:
            return joined(chunks), True
        chunks += [reduced(chunk, feature) for chunk in table.column(name).chunks]
        rows += table.num_rows
    return joined(chunks), False


def joined(chunks: list[pa.Array]) -> pa.ChunkedArray:
    known = [chunk for chunk in chunks if not pa.types.is_null(chunk.type)]
    kind = known[0].type if known else pa.null()
    return pa.chunked_array([chunk.cast(kind) for chunk in chunks], type=kind)


def reduced(chunk: pa.Array, feature: Any) -> pa.Array:
    if media_type(feature) or pa.types.is_struct(chunk.type) or is_binary(chunk.type):
        return chunk.is_valid()
    if pa.types.is_list(chunk.type) or pa.types.is_large_list(chunk.type):
        return pc.list_value_length(chunk)
    return chunk


def is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def of_column(column: pa.ChunkedArray, feature: Any) -> dict[str, Any] | None:
    """None for what has no statistics: structures, raw bytes."""
    kind = column.type
    if media := media_type(feature):
        missing = int(pc.sum(pc.invert(column)).as_py() or 0)
        return entry(media.lower(), {**absence(len(column), missing)})
    if names := class_names(feature):
        return entry("class_label", of_labels(column, names))
    if is_list(feature):
        return entry("list", of_numbers(column, whole=True)) if pa.types.is_integer(kind) else None
    if pa.types.is_boolean(kind) and isinstance(feature, dict) and feature.get("dtype") == "bool":
        return entry("bool", {**absence(len(column), column.null_count), "frequencies": frequencies(column)})
    if pa.types.is_integer(kind):
        return entry("int", of_numbers(column, whole=True))
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return entry("float", of_numbers(column.cast(pa.float64()), whole=False))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return of_text(column)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return entry("datetime", of_moments(column))
    return None


def entry(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"column_type": kind, "column_statistics": values}


def absence(rows: int, missing: int) -> dict[str, Any]:
    return {"nan_count": missing, "nan_proportion": round(missing / rows, 5) if rows else 0.0}


def frequencies(column: pa.ChunkedArray) -> dict[str, int]:
    counts = pc.value_counts(column.drop_null()).to_pylist()
    ordered = sorted(counts, key=lambda count: (-count["counts"], str(count["values"])))
    return {str(count["values"])[:200]: count["counts"] for count in ordered}


def of_text(column: pa.ChunkedArray) -> dict[str, Any]:
    """Few different values are labels, told with their counts; of others the lengths are told."""
    distinct = pc.count_distinct(column.slice(0, 100_000)).as_py()
    if distinct <= MAX_COUNTED:
        counts = frequencies(column)
        if len(counts) <= MAX_LABELS:
            values = {
                **absence(len(column), column.null_count),
                "no_label_count": 0,
                "no_label_proportion": 0.0,
                "n_unique": len(counts),
                "frequencies": counts,
            }
            return entry("string_label", values)
    return entry("string_text", of_numbers(pc.utf8_length(column), whole=True))


def of_labels(column: pa.ChunkedArray, names: list[str]) -> dict[str, Any]:
    counts = {str(row["values"]): row["counts"] for row in pc.value_counts(column.drop_null()).to_pylist()}
    without = counts.pop("-1", 0)
    rows = len(column)
    return {
        **absence(rows, column.null_count),
        "no_label_count": without,
        "no_label_proportion": round(without / rows, 5) if rows else 0.0,
        "n_unique": len(counts),
        "frequencies": {name: counts.get(str(at), 0) for at, name in enumerate(names)},
    }


def of_numbers(column: pa.ChunkedArray, *, whole: bool) -> dict[str, Any]:
    values = column.drop_null().to_numpy()
    if not whole:
        values = values[np.isfinite(values)]
    found = absence(len(column), len(column) - len(values))
    if not len(values):
        empty = dict.fromkeys(("min", "max", "mean", "median", "std"))
        return {**found, **empty, "histogram": {"hist": [], "bin_edges": []}}
    low, high = values.min(), values.max()
    return {
        **found,
        "min": plain(low),
        "max": plain(high),
        "mean": rounded(values.mean()),
        "median": rounded(np.median(values)),
        "std": rounded(values.std(ddof=1) if len(values) > 1 else 0.0),
        "histogram": histogram(values, low, high, whole=whole),
    }


def plain(value: Any) -> int | float:
    return int(value) if isinstance(value, np.integer) else rounded(value)


def rounded(value: Any) -> float:
    number = float(value)
    return float(f"{number:.6g}") if math.isfinite(number) else 0.0


def histogram(values: Any, low: Any, high: Any, *, whole: bool) -> dict[str, Any]:
    """Ten bins, fewer where there are fewer whole numbers than that."""
    if low == high:
        return {"hist": [len(values)], "bin_edges": [plain(low), plain(high)]}
    if whole:
        step = -(-(int(high) - int(low) + 1) // BINS)
        edges = [*range(int(low), int(high) + 1, step), int(high)]
        edges = list(dict.fromkeys(edges))
        counts, _ = np.histogram(values.astype(np.float64), bins=np.array(edges, dtype=np.float64))
        return {"hist": counts.tolist(), "bin_edges": edges}
    counts, borders = np.histogram(values, bins=BINS)
    return {"hist": counts.tolist(), "bin_edges": [rounded(edge) for edge in borders]}


def of_moments(column: pa.ChunkedArray) -> dict[str, Any]:
    seconds = column.cast(pa.timestamp("us")).cast(pa.int64())
    found = of_numbers(seconds, whole=True)
    for name in ("min", "max", "mean", "median"):
        found[name] = moment(found[name])
    found["std"] = f"{found['std'] / 1e6:.0f} s" if found["std"] is not None else None
    histogram_ = found["histogram"]
    histogram_["bin_edges"] = [moment(edge) for edge in histogram_["bin_edges"]]
    return found


def moment(microseconds: Any) -> str | None:
    if microseconds is None:
        return None
    return str(pa.scalar(int(microseconds), pa.timestamp("us")).as_py())
