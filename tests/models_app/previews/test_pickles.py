from __future__ import annotations

import io
import os
import pickle
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Iterator

import numpy as np
import pytest

from models_app.previews import pickles


class Harm:
    def __reduce__(self):
        return os.system, ("touch /tmp/never",)


class Odd:
    def __reduce__(self):
        return zlib.crc32, (b"",)


def scan(data: bytes, ending: str = "pkl") -> pickles.Found:
    def read(start: int, end: int) -> Iterator[bytes]:
        yield data[start:end]

    return pickles.scan(read, len(data), ending)


def archive(content: bytes) -> bytes:
    """As torch writes it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        written.writestr("archive/data.pkl", content)
        written.writestr("archive/data/0", bytes(4096))
    return file.getvalue()


def test_it_names_what_would_run() -> None:
    found = scan(pickle.dumps({"a": Harm()}))
    assert found.level == "dangerous"
    assert [(each.module, each.name) for each in found.imports] == [("posix", "system")]


@pytest.mark.parametrize(
    ("content", "level"),
    [
        (OrderedDict(a=1), "innocuous"),
        ({"a": [1, 2]}, "innocuous"),
        (Odd(), "suspicious"),
        (Harm(), "dangerous"),
    ],
)
def test_it_looks_into_archives(content, level) -> None:
    assert scan(archive(pickle.dumps(content)), "pt").level == level
    assert scan(pickle.dumps(content, protocol=2), "bin").level == level


def test_it_looks_into_arrays_of_objects() -> None:
    file = io.BytesIO()
    np.save(file, np.array([Harm()], dtype=object), allow_pickle=True)
    assert scan(file.getvalue(), "npy").level == "dangerous"
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    assert scan(file.getvalue(), "npy").level == "innocuous"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 1000, zlib.compress(pickle.dumps(Harm())), archive(b"junk"), pickle.dumps({"a": 1})[:-3]],
)
def test_what_cannot_be_read_is_never_called_harmless(data) -> None:
    assert scan(data).level is None


def test_a_broken_end_hides_no_import() -> None:
    assert scan(pickle.dumps(Harm())[:-1] + b"\xff" * 20).level == "dangerous"


def test_a_file_that_asks_for_too_much_ends(monkeypatch) -> None:
    monkeypatch.setattr(pickles, "BYTE_BUDGET", 100_000)
    assert scan(pickle.dumps({str(number): "x" * 50 for number in range(10_000)})).level is None
