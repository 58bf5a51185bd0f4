"""From the files of a commit to what lists filter by: the card, the config, tensor headers."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from itertools import islice
from typing import Any

from models_app.cards.metadata import CardIndex, extract
from models_app.previews import safetensors
from models_app.repositories import selectors
from models_app.repositories.models import Repository
from models_app.storage.git_objects import GitRepository

# Tags come from names of files; beyond so many a further one changes none.
MAX_LISTED_FILES = 10_000
MAX_SHARDS = 200
MAX_HEADER_BYTES = 25_000_000
MAX_CONFIG_BYTES = 200_000
SAFETENSORS = ".safetensors"
# Cards, configs and the files that name a framework. A commit without any of them changes no column.
TELLING_SUFFIXES = (
    "README.md", ".json", SAFETENSORS, ".bin", ".gguf", ".onnx", ".h5", ".msgpack", ".keras", ".pt", ".ckpt",
)  # fmt: skip


def is_telling(touched: set[str]) -> bool:
    """Whether a change of these paths can change what lists filter by."""
    return any(path.endswith(TELLING_SUFFIXES) for path in touched)


def read_card_index(
    repository: Repository, git: GitRepository, commit: str, touched: set[str] | None
) -> CardIndex:
    """`touched` are the paths that changed since the columns were read last, None for all."""
    walk = islice(git.walk(git.tree_id(commit)), MAX_LISTED_FILES)
    files = [entry.path for entry in walk if not entry.is_folder]
    readme = selectors.read_small(repository, commit, "README.md")
    return extract(
        repository.type,
        readme.decode("utf-8", "replace") if readme is not None else None,
        files,
        read_config(repository, commit),
        partial(count_parameters, repository, commit, files, touched),
    )


def read_config(repository: Repository, commit: str) -> dict[str, Any]:
    text = selectors.read_small(repository, commit, "config.json", limit=MAX_CONFIG_BYTES)
    try:
        config = json.loads(text or b"{}")
    except (ValueError, RecursionError):
        return {}
    return config if isinstance(config, dict) else {}


def count_parameters(
    repository: Repository, commit: str, files: list[str], touched: set[str] | None
) -> dict[str, int]:
    """Elements by dtype in the safetensors files of the root folder. Headers are read only again
    when one of these files changed."""
    names = [path for path in files if path.endswith(SAFETENSORS) and "/" not in path][:MAX_SHARDS]
    if touched is not None and not any(path.endswith(SAFETENSORS) for path in touched):
        return dict(repository.parameters_by_dtype)
    counts: Counter[str] = Counter()
    for entry in selectors.find_many(repository, commit, names):
        content = selectors.open_content(repository, entry)
        try:
            header = safetensors.read_header(content.read, content.size, limit=MAX_HEADER_BYTES)
        except safetensors.BadHeader:
            continue
        counts.update(header.parameters_by_dtype)
    return dict(counts)
