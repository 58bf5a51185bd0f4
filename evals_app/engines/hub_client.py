"""The hub as every client sees it: files at a commit come down, folders go up as commits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals_app.engines import failures
from evals_app.engines.failures import Failure, bad_input
from evals_app.engines.workplace import Reference

if TYPE_CHECKING:
    from huggingface_hub import HfApi

# Nothing that could be a program: weights as safetensors, tokenizers, configurations.
MODEL_FILES = ["*.safetensors", "*.json", "*.txt", "*.model", "*.spm", "*.jinja"]
# Any of these makes a tokenizer; `tokenizer_config.json` alone does not.
TOKENIZER_FILES = frozenset({"tokenizer.json", "vocab.json", "vocab.txt", "spiece.model"})
TOKENIZER_REMEDY = (
    "Upload the files that its tokenizer's save_pretrained writes (tokenizer.json and tokenizer_config.json)."
)
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")


def api() -> HfApi:
    from huggingface_hub import HfApi

    return HfApi()


def file_names(repository: Reference, repo_type: str) -> list[str]:
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return list(api().list_repo_files(repository.id, repo_type=repo_type, revision=repository.commit))
    except HfHubHTTPError as error:
        raise Failure(failures.ENGINE_ERROR, f"The hub did not list {repository.id}: {error}") from error


def card(repository: Reference, repo_type: str) -> dict[str, Any]:
    """The front matter of the repository's card; empty when there is none."""
    info = api().repo_info(repository.id, repo_type=repo_type, revision=repository.commit)
    return info.card_data.to_dict() if info.card_data else {}


def download(repository: Reference, repo_type: str, path: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

    try:
        return Path(hf_hub_download(repository.id, path, repo_type=repo_type, revision=repository.commit))
    except EntryNotFoundError:
        message = f"{repository.id} holds no file {path} at {repository.commit[:7]}."
        raise bad_input(message) from None
    except HfHubHTTPError as error:
        raise Failure(failures.ENGINE_ERROR, f"The hub did not give {repository.id}: {error}") from error


def download_model(model: Reference, *, with_tokenizer: bool = True) -> Path:
    """The folder with weights, tokenizer and configuration; never a pickle.

    Raises Failure(bad-input) with the remedy when the repository cannot be loaded safely.
    """
    names = file_names(model, "model")
    _refuse_unloadable(model, names, "config.json")
    if with_tokenizer and not has_tokenizer(names):
        raise bad_input(f"{model.id} has no tokenizer. {TOKENIZER_REMEDY}")
    return _snapshot(model, MODEL_FILES)


def download_adapter(adapter: Reference) -> Path:
    """The folder with what PEFT trained; its base model comes separately."""
    _refuse_unloadable(adapter, file_names(adapter, "model"), "adapter_config.json")
    return _snapshot(adapter, MODEL_FILES)


def download_tokenizer(model: Reference) -> Path:
    """The tokenizer and the configuration alone."""
    if not has_tokenizer(file_names(model, "model")):
        raise bad_input(f"{model.id} has no tokenizer. {TOKENIZER_REMEDY}")
    return _snapshot(model, [name for name in MODEL_FILES if name != "*.safetensors"])


def has_tokenizer(names: Sequence[str]) -> bool:
    return any(name in TOKENIZER_FILES or name.endswith((".model", ".spm")) for name in names)


def _snapshot(model: Reference, patterns: Sequence[str]) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return Path(snapshot_download(model.id, revision=model.commit, allow_patterns=list(patterns)))
    except HfHubHTTPError as error:
        raise Failure(failures.ENGINE_ERROR, f"The hub did not give {model.id}: {error}") from error


def weight_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def _refuse_unloadable(model: Reference, names: Sequence[str], configuration: str) -> None:
    if configuration not in names:
        message = f"{model.id} has no {configuration} at its top, so its architecture is unknown. Upload it."
        raise bad_input(message)
    if any(name.endswith(".safetensors") for name in names):
        return
    pickles = [name for name in names if name.endswith(PICKLED)]
    if pickles:
        message = (
            f"{model.id} holds its weights only as {pickles[0]}, a format that can run code when it is "
            "opened, so it is not loaded here. Load it on a machine of yours with transformers, call "
            "save_pretrained, and upload the model.safetensors it writes."
        )
    else:
        message = f"{model.id} holds no weights (*.safetensors). Upload them."
    raise bad_input(message)


def upload_folder(
    folder: Path, repository_id: str, repo_type: str, *, private: bool, message: str, path_in_repo: str = ""
) -> str:
    """One commit with all files of the folder; the repository is made when missing. Returns the commit."""
    from huggingface_hub.errors import HfHubHTTPError

    hub = api()
    try:
        if not hub.repo_exists(repository_id, repo_type=repo_type):
            hub.create_repo(repository_id, repo_type=repo_type, private=private, exist_ok=True)
        info = hub.upload_folder(
            repo_id=repository_id,
            repo_type=repo_type,
            folder_path=folder,
            path_in_repo=path_in_repo or None,
            commit_message=message,
        )
    except HfHubHTTPError as error:
        raise Failure(failures.ENGINE_ERROR, f"{repository_id} could not be written: {error}") from error
    return str(info.oid)
