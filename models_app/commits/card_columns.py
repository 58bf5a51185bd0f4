"""From the files of a commit to what lists filter by: the card, the config, tensor headers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any

from models_app.cards import evaluations
from models_app.cards.metadata import WORD_LENGTH, CardIndex, extract
from models_app.previews import gguf, safetensors
from models_app.repositories import selectors
from models_app.repositories.models import Repository, RepositoryType
from models_app.storage.git_objects import GitRepository

# Tags come from names of files; beyond so many a further one changes none.
MAX_LISTED_FILES = 10_000
MAX_SHARDS = 200
MAX_HEADER_BYTES = 25_000_000
MAX_CONFIG_BYTES = 200_000
MAX_TOKENIZER_BYTES = 1_000_000
MAX_EVALUATION_BYTES = 100_000
SAFETENSORS, GGUF = ".safetensors", ".gguf"
# The file that names the token which stands for a gap.
TOKENIZER = "tokenizer_config.json"
# Cards, configs and the files that name a framework. A commit without any of them changes no column.
TELLING_SUFFIXES = (
    "README.md", ".json", SAFETENSORS, ".bin", GGUF, ".onnx", ".h5", ".msgpack", ".keras", ".pt", ".ckpt",
)  # fmt: skip


def is_telling(touched: set[str]) -> bool:
    """Whether a change of these paths can change what lists filter by."""
    return any(path.endswith(TELLING_SUFFIXES) or evaluations.is_evaluation(path) for path in touched)


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
        read_file_facts(repository, commit, files, touched),
    )


def read_config(repository: Repository, commit: str) -> dict[str, Any]:
    return read_json(repository, commit, "config.json", MAX_CONFIG_BYTES)


def read_json(repository: Repository, commit: str, path: str, limit: int) -> dict[str, Any]:
    """The object that a small file holds; an empty one for anything else."""
    text = selectors.read_small(repository, commit, path, limit=limit)
    try:
        config = json.loads(text or b"{}")
    except (ValueError, RecursionError):
        return {}
    return config if isinstance(config, dict) else {}


# --- What further files of a model say --------------------------------------------------------------


def read_file_facts(
    repository: Repository, commit: str, files: list[str], touched: set[str] | None
) -> dict[str, Any]:
    """Each fact is read again when a file that it comes from changed, else taken as it was."""
    if repository.type != RepositoryType.MODEL:
        return {}
    known = repository.file_facts
    readers: dict[str, tuple[Callable[[str], bool], Callable[[], Any]]] = {
        "gguf": (is_root_gguf, partial(read_gguf, repository, commit, files)),
        "mask_token": (TOKENIZER.__eq__, partial(read_mask_token, repository, commit, files)),
        "evaluations": (evaluations.is_evaluation, partial(read_evaluations, repository, commit, files)),
    }
    facts = {
        name: read() if touched is None or any(map(concerns, touched)) else known.get(name)
        for name, (concerns, read) in readers.items()
    }
    return {name: value for name, value in facts.items() if value}


def is_root_gguf(path: str) -> bool:
    return path.endswith(GGUF) and "/" not in path


def read_gguf(repository: Repository, commit: str, files: list[str]) -> dict[str, Any] | None:
    """Of the first such file: the others are the same model in other precisions."""
    names = sorted(filter(is_root_gguf, files))[:1]
    for entry in selectors.find_many(repository, commit, names):
        content = selectors.open_content(repository, entry)
        try:
            return gguf.read_summary(content.read, content.size).as_json()
        except gguf.BadHeader:
            return None
    return None


def read_mask_token(repository: Repository, commit: str, files: list[str]) -> str | None:
    if TOKENIZER not in files:
        return None
    token = read_json(repository, commit, TOKENIZER, MAX_TOKENIZER_BYTES).get("mask_token")
    text = token.get("content") if isinstance(token, dict) else token
    return text[:WORD_LENGTH] if isinstance(text, str) else None


def read_evaluations(repository: Repository, commit: str, files: list[str]) -> list[dict[str, Any]]:
    paths = sorted(filter(evaluations.is_evaluation, files))[: evaluations.MAX_FILES]
    texts = (
        (path, selectors.read_small(repository, commit, path, limit=MAX_EVALUATION_BYTES)) for path in paths
    )
    return evaluations.read_all((path, (text or b"").decode("utf-8", "replace")) for path, text in texts)


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
