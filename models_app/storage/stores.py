"""The store that the settings name."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from django.conf import settings

from models_app.storage.blob_store import BlobStore, DiskStore
from models_app.storage.s3_store import S3Store

Kind = Literal["lfs", "xorbs"]


def open_store(kind: Kind) -> BlobStore:
    """The store of large files or of xorbs; opening it costs nothing."""
    if settings.S3_BUCKET:
        return S3Store.from_settings(kind)
    return DiskStore(Path(settings.DATA_DIR) / kind)
