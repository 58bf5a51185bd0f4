"""What a file is shown as, from its name alone."""

from __future__ import annotations

from enum import StrEnum


class FileKind(StrEnum):
    MARKDOWN = "markdown"
    IMAGE = "image"
    AUDIO = "audio"
    CSV = "csv"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"
    SAFETENSORS = "safetensors"
    PICKLE = "pickle"
    TEXT = "text"
    OTHER = "other"


# Formats that run code when they are loaded: shown as what they are, opened by nobody here.
PICKLE_ENDINGS = ("pkl", "pickle", "pt", "pth", "bin", "ckpt", "joblib", "dill", "npy")
TEXT_ENDINGS = (
    *(
        "txt",
        "json",
        "yaml",
        "yml",
        "toml",
        "ini",
        "cfg",
        "conf",
        "py",
        "pyi",
        "js",
        "ts",
        "css",
        "html",
        "xml",
    ),
    *(
        "sh",
        "bash",
        "c",
        "h",
        "cpp",
        "hpp",
        "cu",
        "rs",
        "go",
        "java",
        "rb",
        "r",
        "jl",
        "lua",
        "sql",
        "tex",
        "bib",
    ),
    *(
        "rst",
        "model_card",
        "jinja",
        "jinja2",
        "template",
        "patch",
        "diff",
        "log",
        "svg",
        "ipynb",
        "po",
        "vocab",
    ),
    *(
        "gitattributes",
        "gitignore",
        "env",
        "lock",
        "cff",
        "proto",
        "gradle",
        "cmake",
        "makefile",
        "dockerfile",
    ),
)
ENDINGS: dict[str, FileKind] = {
    **dict.fromkeys(TEXT_ENDINGS, FileKind.TEXT),
    **dict.fromkeys(PICKLE_ENDINGS, FileKind.PICKLE),
    **dict.fromkeys(("md", "markdown"), FileKind.MARKDOWN),
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp", "bmp", "avif", "svg"), FileKind.IMAGE),
    **dict.fromkeys(("wav", "mp3", "flac", "ogg"), FileKind.AUDIO),
    **dict.fromkeys(("csv", "tsv"), FileKind.CSV),
    **dict.fromkeys(("jsonl", "ndjson"), FileKind.JSON_LINES),
    "parquet": FileKind.PARQUET,
    "safetensors": FileKind.SAFETENSORS,
}
TEXT_NAMES = {"license", "licence", "readme", "makefile", "dockerfile", "notice", "copying", "authors"}


def ending_of(path: str) -> str:
    name = path.rpartition("/")[2].lower()
    return name.rpartition(".")[2] if "." in name else ""


def kind_of(path: str) -> FileKind:
    if path.rpartition("/")[2].lower() in TEXT_NAMES:
        return FileKind.TEXT
    return ENDINGS.get(ending_of(path), FileKind.OTHER)
