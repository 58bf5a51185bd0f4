"""Rows of statistics as few bytes: right-or-wrong scores take less than a bit a sample. Pure."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from evals_app.metrics.formulas import Statistics

# In this order the first that holds every number exactly is taken.
_TYPES: tuple[type[np.generic], ...] = (np.uint8, np.int32, np.float32, np.float64)
_HEAD = struct.Struct("<BII")
# A run of more samples keeps its file, but no packed rows.
MOST_CELLS = 20_000_000


def pack(rows: Statistics) -> bytes:
    code = next(number for number, kind in enumerate(_TYPES) if _holds(kind, rows))
    return _HEAD.pack(code, *rows.shape) + zlib.compress(rows.astype(_TYPES[code]).tobytes(order="F"))


def _holds(kind: type[np.generic], rows: Statistics) -> bool:
    with np.errstate(invalid="ignore", over="ignore"):
        return bool(np.array_equal(rows.astype(kind), rows))


def unpack(data: bytes) -> Statistics:
    code, count, width = _HEAD.unpack_from(data)
    flat = np.frombuffer(zlib.decompress(bytes(data[_HEAD.size :])), dtype=_TYPES[code])
    return flat.reshape((count, width), order="F").astype(np.float64)
