"""What a safetensors file says of itself, read from its first bytes without any framework.

Layout: a little-endian u64 with the length of the header, the header as JSON (tensor name to dtype,
shape and byte range), then the tensors.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

# The limit of the format's own reader.
MAX_HEADER_BYTES = 100_000_000

Read = Callable[[int, int], Iterable[bytes]]


class BadHeader(ValueError):
    """The file is not safetensors, or its header is not usable."""


@dataclass(frozen=True, slots=True)
class Tensor:
    name: str
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]

    @property
    def parameters(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Header:
    """`raw` is the header as it stands in the file, `length` bytes long; `parameters_by_dtype` counts
    elements."""

    tensors: list[Tensor]
    metadata: dict[str, str]
    raw: dict[str, Any]
    length: int

    @property
    def parameters_by_dtype(self) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for tensor in self.tensors:
            counts[tensor.dtype] += tensor.parameters
        return dict(counts)

    @property
    def parameters(self) -> int:
        return sum(tensor.parameters for tensor in self.tensors)


def read_header(read: Read, size: int, *, limit: int = MAX_HEADER_BYTES) -> Header:
    """The header of a file of `size` bytes; `read(start, end)` yields the half-open range.

    Costs two small reads; raises BadHeader for anything that is no well-formed header within `limit`.
    """
    if size < 8:
        raise BadHeader("the file is shorter than the length of a header")
    length = int.from_bytes(b"".join(read(0, 8)), "little")
    if length > min(limit, size - 8):
        raise BadHeader("the header's length is beyond the file or the limit")
    try:
        raw = json.loads(b"".join(read(8, 8 + length)))
    except (ValueError, RecursionError):
        raise BadHeader("the header is not JSON") from None
    if not isinstance(raw, dict):
        raise BadHeader("the header is not a mapping")
    metadata = raw.get("__metadata__")
    return Header(
        tensors=[tensor(name, entry) for name, entry in raw.items() if name != "__metadata__"],
        metadata={str(k): str(v) for k, v in metadata.items()} if isinstance(metadata, dict) else {},
        raw=raw,
        length=length,
    )


def tensor(name: str, entry: Any) -> Tensor:
    try:
        start, end = entry["data_offsets"]
        shape = tuple(entry["shape"])
        dtype = entry["dtype"]
    except (TypeError, KeyError, ValueError):
        raise BadHeader(f"the entry of tensor {name[:80]!r} is incomplete") from None
    numbers = (*shape, start, end)
    if not isinstance(dtype, str) or not all(isinstance(n, int) and n >= 0 for n in numbers):
        raise BadHeader(f"the entry of tensor {name[:80]!r} is malformed")
    return Tensor(name, dtype, shape, (start, end))
