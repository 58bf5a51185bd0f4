"""The formats of data files that become rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Formats that one configuration may mix; `name` is what the converting program knows it by."""

    name: str
    extensions: tuple[str, ...]

    def fits(self, path: str) -> bool:
        return any(word in self.extensions for word in _words(path))


# In this order where a dataset holds as many files of each.
FAMILIES = (
    Family("parquet", ("parquet",)),
    Family("json", ("jsonl", "json", "ndjson")),
    Family("csv", ("csv", "tsv")),
    Family("text", ("txt",)),
    Family("image", ("jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "webp")),
    Family("audio", ("wav", "mp3", "flac", "ogg", "m4a")),
)
# Each file of these is one row, with the feature of the `datasets` library that its column is of.
MEDIA = {"image": "Image", "audio": "Audio"}
# What tells more about the files beside it.
METADATA = ("metadata.csv", "metadata.jsonl")
UNREADABLE = Family("", ())
COMPRESSIONS = {"gz": "gzip", "bz2": "bz2", "xz": "xz", "zst": "zstd"}
# The `datasets` library loads these by rules that the hub does not follow.
LOADED_ELSEWHERE = frozenset(
    [
        "arrow", "h5", "hdf5", "mp4", "pdf", "tar", "webm", "xml", "zip",
    ]
)  # fmt: skip


def _words(path: str) -> list[str]:
    return path.rpartition("/")[2].lower().split(".")[1:]


def compression_of(path: str) -> str:
    """Empty for a file that is not compressed as a whole."""
    return COMPRESSIONS.get(path.rpartition(".")[2].lower(), "")


def delimiter_of(path: str) -> str:
    return "\t" if "tsv" in _words(path) else ","
