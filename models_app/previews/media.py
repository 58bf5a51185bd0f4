"""Pictures and sounds by their first bytes: the few kinds that a browser shows without running anything."""

from __future__ import annotations

STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
)
IN_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}


def content_type(data: bytes) -> str | None:
    """None for what is shown by nobody here (SVG among it: it may hold scripts)."""
    if data.startswith(b"RIFF"):
        return IN_RIFF.get(data[8:12])
    return next((kind for start, kind in STARTS if data.startswith(start)), None)
