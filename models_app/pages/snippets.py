"""Commands and code that work as they stand, with the address the reader came by."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from models_app.pages import addresses
from models_app.repositories.models import Repository, RepositoryType

# What transformers' Auto classes are called for a task.
AUTO_CLASSES = {
    "text-generation": "AutoModelForCausalLM",
    "text2text-generation": "AutoModelForSeq2SeqLM",
    "translation": "AutoModelForSeq2SeqLM",
    "summarization": "AutoModelForSeq2SeqLM",
    "text-classification": "AutoModelForSequenceClassification",
    "token-classification": "AutoModelForTokenClassification",
    "question-answering": "AutoModelForQuestionAnswering",
    "fill-mask": "AutoModelForMaskedLM",
}
ARCHITECTURE_ENDINGS = {
    "ForCausalLM": "AutoModelForCausalLM",
    "LMHeadModel": "AutoModelForCausalLM",
    "ForConditionalGeneration": "AutoModelForSeq2SeqLM",
    "ForSequenceClassification": "AutoModelForSequenceClassification",
    "ForMaskedLM": "AutoModelForMaskedLM",
}


@dataclass(frozen=True, slots=True)
class Snippet:
    title: str
    code: str


def for_repository(repository: Repository, endpoint: str) -> list[Snippet]:
    """How to load or fetch it, most usual way first."""
    first = _dataset(repository) if repository.type == RepositoryType.DATASET else _model(repository)
    code = f'import os\nos.environ["HF_ENDPOINT"] = "{endpoint}"\n\n{first.code}'
    return [Snippet(first.title, code), _download(repository, endpoint), *_clone(repository, endpoint)]


def fill_commands(repository: Repository, endpoint: str) -> str:
    """Brings a first folder of files into an empty repository."""
    return (
        f"export HF_ENDPOINT={endpoint}\n"
        "hf auth login\n"
        f"hf upload {repository.full_id} ./folder .{_type_option(repository)}"
    )


def upload_command(repository: Repository, endpoint: str, revision: str, folder: str) -> str:
    """Uploads one file of any size into a folder."""
    target = f"{folder}/file" if folder else "file"
    branch = "" if revision == addresses.DEFAULT_REVISION else f" --revision {revision}"
    return (
        f"HF_ENDPOINT={endpoint} hf upload {repository.full_id} ./file {target}"
        f"{_type_option(repository)}{branch}"
    )


def file_commands(repository: Repository, endpoint: str, revision: str, path: str) -> list[Snippet]:
    branch = "" if revision == addresses.DEFAULT_REVISION else f" --revision {revision}"
    url = f"{endpoint}{addresses.resolve(repository, revision, path)}"
    hf = f"HF_ENDPOINT={endpoint} hf download {repository.full_id} {path}{_type_option(repository)}{branch}"
    token = ' -H "Authorization: Bearer $HF_TOKEN"' if repository.is_private else ""
    return [Snippet("hf", hf), Snippet("curl", f"curl -L -O{token} {url}")]


def _model(repository: Repository) -> Snippet:
    auto = auto_class(repository)
    return Snippet(
        "transformers",
        f"from transformers import {auto}, AutoTokenizer\n\n"
        f'tokenizer = AutoTokenizer.from_pretrained("{repository.full_id}")\n'
        f'model = {auto}.from_pretrained("{repository.full_id}")',
    )


def auto_class(repository: Repository) -> str:
    """By the architecture that the configuration names, else by the task."""
    architectures = repository.config.get("architectures")
    name = architectures[0] if isinstance(architectures, list) and architectures else ""
    for ending, auto in ARCHITECTURE_ENDINGS.items():
        if isinstance(name, str) and name.endswith(ending):
            return auto
    return AUTO_CLASSES.get(repository.task, "AutoModel")


def _dataset(repository: Repository) -> Snippet:
    code = f'from datasets import load_dataset\n\ndataset = load_dataset("{repository.full_id}")'
    return Snippet("datasets", code)


def _download(repository: Repository, endpoint: str) -> Snippet:
    code = f"export HF_ENDPOINT={endpoint}\nhf download {repository.full_id}{_type_option(repository)}"
    return Snippet("hf download", code)


def _clone(repository: Repository, endpoint: str) -> list[Snippet]:
    return [Snippet(_("git"), f"git lfs install\ngit clone {endpoint}{repository.get_absolute_url()}")]


def _type_option(repository: Repository) -> str:
    return " --repo-type dataset" if repository.type == RepositoryType.DATASET else ""
