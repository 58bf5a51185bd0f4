"""What can be told of a model before a job: whether its files can be loaded, and what an adapter adapts."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hub.core.errors import InvalidInput
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository

CONFIG, TOKENIZER_CONFIG = "config.json", "tokenizer_config.json"
ADAPTER_CONFIG = "adapter_config.json"
MAX_CONFIG_BYTES = 1_000_000
WEIGHTS = ".safetensors"
# How libraries call them; another `.bin` may be anything.
WEIGHT_STEMS = ("pytorch_model", "adapter_model", "model", "consolidated", "tf_model", "flax_model")
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")
TOKENIZER_FILES = frozenset({"tokenizer.json", "vocab.json", "vocab.txt", "spiece.model"})


@dataclass(frozen=True, slots=True)
class Base:
    id: str
    revision: str


def file_names(repository: Repository, commit: str) -> list[str]:
    """Of the top of the repository, at most a thousand."""
    return [entry.path for entry in repositories.list_tree(repository, commit).entries]


def refuse_unusable(repository: Repository, names: list[str], *, adapted: bool) -> None:
    """InvalidInput with the remedy for pickles without safetensors, and for weights without a tokenizer.

    A model that has neither yet is left to the engine: it may be filled before its turn comes.
    """
    has_weights = any(name.endswith(WEIGHTS) for name in names)
    pickles = [name for name in names if name.startswith(WEIGHT_STEMS) and name.endswith(PICKLED)]
    if pickles and not has_weights:
        raise InvalidInput(
            f"{repository.full_id} holds its weights only as {pickles[0]}, a format that can run code when "
            "it is opened. Load it on a machine of yours with transformers, call save_pretrained, and upload "
            "the model.safetensors it writes.",
            field="model",
        )
    if has_weights and not adapted and not has_tokenizer(names):
        raise InvalidInput(
            f"{repository.full_id} has no tokenizer. Upload the files that its tokenizer's save_pretrained "
            "writes (tokenizer.json and tokenizer_config.json).",
            field="model",
        )


def refuse_own_code(repository: Repository, commit: str) -> None:
    """InvalidInput for a model that its configuration sends to code in its own repository. Such code never
    runs here; without it the model would be another, or none."""
    for name in (CONFIG, TOKENIZER_CONFIG):
        text = repositories.read_small(repository, commit, name, limit=MAX_CONFIG_BYTES)
        try:
            configuration = json.loads(text or b"{}")
        except ValueError:
            continue
        if isinstance(configuration, dict) and configuration.get("auto_map"):
            raise InvalidInput(
                f"{name} of {repository.full_id} names code of its own (`auto_map`), which is not run on "
                "held-out items. Use an architecture that transformers has, and leave `auto_map` out.",
                field="model",
            )


def has_tokenizer(names: list[str]) -> bool:
    return any(name in TOKENIZER_FILES or name.endswith((".model", ".spm")) for name in names)


def base_of(repository: Repository, commit: str) -> Base | None:
    """The model that an adapter of PEFT was trained on; None for a whole model."""
    text = repositories.read_small(repository, commit, ADAPTER_CONFIG, limit=MAX_CONFIG_BYTES)
    if text is None:
        return None
    try:
        configuration = json.loads(text)
        name = configuration["base_model_name_or_path"]
        revision = configuration.get("revision") or "main"
    except (ValueError, TypeError, KeyError, AttributeError):
        name, revision = None, "main"
    if not isinstance(name, str) or name.count("/") != 1 or not isinstance(revision, str):
        raise InvalidInput(
            f"{ADAPTER_CONFIG} of {repository.full_id} names no base model of this hub. Write its "
            "namespace/name as `base_model_name_or_path`, and its commit as `revision`.",
            field="model",
        )
    return Base(name, revision)
