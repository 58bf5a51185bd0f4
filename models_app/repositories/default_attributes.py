"""The `.gitattributes` of a new repository: which names are stored as large files."""

from __future__ import annotations

from models_app.repositories.models import RepositoryType

LFS_ATTRIBUTES = "filter=lfs diff=lfs merge=lfs -text"
ALL_TYPES = [
    "*.7z",
    "*.arrow",
    "*.bin",
    "*.bz2",
    "*.ckpt",
    "*.ftz",
    "*.gz",
    "*.h5",
    "*.joblib",
    "*.lfs.*",
    "*.mlmodel",
    "*.model",
    "*.msgpack",
    "*.npy",
    "*.npz",
    "*.onnx",
    "*.ot",
    "*.parquet",
    "*.pb",
    "*.pickle",
    "*.pkl",
    "*.pt",
    "*.pth",
    "*.rar",
    "*.safetensors",
    "saved_model/**/*",
    "*.tar.*",
    "*.tar",
    "*.tflite",
    "*.tgz",
    "*.wasm",
    "*.xz",
    "*.zip",
    "*.zst",
    "*tfevents*",
]
DATASETS_TOO = [
    "*.lz4",
    "*.mds",
    "*.pcm",
    "*.sam",
    "*.raw",
    "*.aac",
    "*.flac",
    "*.mp3",
    "*.ogg",
    "*.wav",
    "*.bmp",
    "*.gif",
    "*.png",
    "*.tiff",
    "*.jpg",
    "*.jpeg",
    "*.webp",
    "*.mp4",
    "*.webm",
]


def default_gitattributes(type_: RepositoryType) -> str:
    patterns = ALL_TYPES + (DATASETS_TOO if type_ is RepositoryType.DATASET else [])
    return "".join(f"{pattern} {LFS_ATTRIBUTES}\n" for pattern in patterns)
