"""The fields of a repository as clients know them; repository info and lists share them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.core import clock
from hub.core.errors import InvalidInput
from models_app.cards.vocabulary import TASKS_BY_DOMAIN
from models_app.repositories import selectors
from models_app.repositories.models import Repository, RepositoryType
from models_app.repositories.types import TreeEntry

# fmt: off
COMMON = [
    "author", "cardData", "createdAt", "disabled", "downloads", "downloadsAllTime", "gated",
    "lastModified", "likes", "private", "resourceGroup", "sha", "siblings", "tags", "trendingScore",
    "usedStorage",
]
MODEL_ONLY = [
    "baseModels", "childrenModelCount", "config", "evalResults", "gguf", "inference",
    "inferenceProviderMapping", "library_name", "mask_token", "model-index", "pipeline_tag",
    "safetensors", "spaces", "transformersInfo", "widgetData",
]
DATASET_ONLY = ["citation", "description", "mainSize", "paperswithcode_id"]
# Accepted by the public hub without being in its list.
SILENT = frozenset({"gitalyUid", "xetEnabled"})
ALLOWED = {
    RepositoryType.MODEL: sorted(COMMON + MODEL_ONLY),
    RepositoryType.DATASET: sorted(COMMON + DATASET_ONLY),
}

# What an answer without `expand` holds.
INFO_FIELDS = [
    "author", "sha", "lastModified", "createdAt", "private", "disabled", "gated", "likes", "downloads",
    "tags", "cardData", "siblings", "usedStorage", "trendingScore", "pipeline_tag", "library_name",
    "config", "safetensors", "gguf", "transformersInfo", "model-index", "mask_token", "widgetData",
    "spaces", "description", "citation", "paperswithcode_id",
]
LIST_FIELDS = [
    "createdAt", "private", "likes", "downloads", "tags", "trendingScore", "pipeline_tag",
    "library_name", "gated", "lastModified", "author", "disabled",
]
# fmt: on
FULL_FIELDS = [*LIST_FIELDS, "sha", "siblings", "description"]

# Endings of architecture names, and the class that loads them.
AUTO_CLASSES = {
    "ForCausalLM": "AutoModelForCausalLM",
    "LMHeadModel": "AutoModelForCausalLM",
    "ForConditionalGeneration": "AutoModelForSeq2SeqLM",
    "ForMaskedLM": "AutoModelForMaskedLM",
    "ForSequenceClassification": "AutoModelForSequenceClassification",
    "ForTokenClassification": "AutoModelForTokenClassification",
    "ForQuestionAnswering": "AutoModelForQuestionAnswering",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One repository at one commit; `card_data` belongs to that commit."""

    repository: Repository
    commit: str
    card_data: Mapping[str, Any]
    with_blobs: bool = False
    # Models that name this one as their base, where that was asked.
    children: int | None = None
    # What files of results say, where that was asked.
    evaluations: list[dict[str, Any]] | None = None


Field = Callable[[Asked], Any]


def check_expand(names: Iterable[str], repo_type: RepositoryType) -> list[str]:
    """The names asked for, once each. Raises InvalidInput that lists what there is."""
    found = list(dict.fromkeys(names))
    allowed = ALLOWED[repo_type]
    for name in found:
        if name not in allowed and name not in SILENT:
            choices = "|".join(f'"{choice}"' for choice in allowed)
            raise InvalidInput(f'Invalid value "{name[:40]}" for `expand`: expected one of {choices}')
    return found


def repository_json(asked: Asked, names: Iterable[str]) -> dict[str, Any]:
    """`id` and the named fields; those that this hub has nothing for are left out."""
    repository = asked.repository
    answer: dict[str, Any] = {"_id": f"{repository.pk:024x}", "id": repository.full_id}
    if repository.type == RepositoryType.MODEL:
        answer["modelId"] = repository.full_id
    for name in names:
        reader = FIELDS.get(name) or TYPE_FIELDS[repository.type_].get(name)
        if reader and (value := reader(asked)) is not None:
            answer[name] = value
    return answer


def sibling_list(asked: Asked) -> list[dict[str, Any]]:
    return [sibling_json(entry, asked.with_blobs) for entry in all_files(asked.repository, asked.commit)]


def all_files(repository: Repository, commit: str) -> Iterable[TreeEntry]:
    after: str | None = ""
    while after is not None:
        page = selectors.list_tree(repository, commit, recursive=True, after=after)
        yield from (entry for entry in page.entries if not entry.is_directory)
        after = page.next_after


def sibling_json(entry: TreeEntry, with_blobs: bool) -> dict[str, Any]:
    if not with_blobs:
        return {"rfilename": entry.path}
    answer: dict[str, Any] = {"rfilename": entry.path, "size": entry.size, "blobId": entry.oid}
    if entry.lfs:
        answer["lfs"] = {
            "sha256": entry.lfs.sha256,
            "size": entry.lfs.size,
            "pointerSize": entry.lfs.pointer_size,
        }
    return answer


def tag_list(asked: Asked) -> list[str]:
    """Models show languages as bare words, datasets as `language:fr`: the ecosystem's habit."""
    is_model = asked.repository.type == RepositoryType.MODEL
    rows = sorted(asked.repository.tag_rows.all(), key=lambda row: row.pk)
    return [row.tag.removeprefix("language:") if is_model else row.tag for row in rows]


def safetensors_json(asked: Asked) -> dict[str, Any] | None:
    counts = asked.repository.parameters_by_dtype
    return {"parameters": counts, "total": sum(counts.values())} if counts else None


def transformers_json(asked: Asked) -> dict[str, Any] | None:
    repository = asked.repository
    if repository.library != "transformers":
        return None
    own = repository.config.get("auto_map") or {}
    names = repository.config.get("architectures") or [""]
    auto = next((found for ending, found in AUTO_CLASSES.items() if names[0].endswith(ending)), "AutoModel")
    brought = auto if auto in own else next((name for name in own if name.startswith("AutoModel")), None)
    answer = {"auto_model": brought or auto, "processor": processor_of(repository.task)}
    if brought:
        answer["custom_class"] = own[brought]
    if repository.task:
        answer["pipeline_tag"] = repository.task
    return answer


def processor_of(task: str) -> str:
    """The class that prepares what a model of this task is given."""
    if task in TASKS_BY_DOMAIN["Computer vision"]:
        return "AutoImageProcessor"
    if task in TASKS_BY_DOMAIN["Audio"] or task in TASKS_BY_DOMAIN["Multimodal"]:
        return "AutoProcessor"
    return "AutoTokenizer"


def base_models_json(asked: Asked) -> dict[str, Any] | None:
    prefix = "base_model:"
    full = [tag.removeprefix(prefix) for tag in tag_list(asked) if tag.startswith(prefix)]
    related = [tag.split(":", 1) for tag in full if ":" in tag]
    if not related:
        return None
    return {"relation": related[0][0], "models": [{"_id": base, "id": base} for _relation, base in related]}


def widget_json(asked: Asked) -> list[Any] | None:
    """Inputs to try a model with, as its card gives them."""
    given = asked.card_data.get("widget")
    return (
        [{"text": each} if isinstance(each, str) else each for each in given]
        if isinstance(given, list)
        else None
    )


FIELDS: dict[str, Field] = {
    "author": lambda asked: asked.repository.namespace.name,
    "sha": lambda asked: asked.commit,
    "lastModified": lambda asked: clock.iso_millis(asked.repository.updated_at),
    "createdAt": lambda asked: clock.iso_millis(asked.repository.created_at),
    "private": lambda asked: asked.repository.is_private,
    "disabled": lambda asked: asked.repository.is_disabled,
    "gated": lambda asked: asked.repository.gating or False,
    "likes": lambda asked: asked.repository.likes,
    "downloads": lambda asked: asked.repository.downloads,
    "downloadsAllTime": lambda asked: asked.repository.downloads_all_time,
    "tags": tag_list,
    "cardData": lambda asked: dict(asked.card_data) or None,
    "siblings": sibling_list,
    "usedStorage": lambda asked: asked.repository.used_bytes,
    "trendingScore": lambda asked: round(asked.repository.trending),
    "xetEnabled": lambda _asked: True,
}


def from_files(name: str) -> Field:
    return lambda asked: asked.repository.file_facts.get(name)


TYPE_FIELDS: dict[RepositoryType, dict[str, Field]] = {
    RepositoryType.MODEL: {
        "pipeline_tag": lambda asked: asked.repository.task or None,
        "library_name": lambda asked: asked.repository.library or None,
        "config": lambda asked: asked.repository.config or None,
        "safetensors": safetensors_json,
        "transformersInfo": transformers_json,
        "model-index": lambda asked: asked.card_data.get("model-index"),
        "baseModels": base_models_json,
        "childrenModelCount": lambda asked: asked.children,
        "evalResults": lambda asked: asked.evaluations,
        "gguf": from_files("gguf"),
        "mask_token": from_files("mask_token"),
        "widgetData": widget_json,
        "spaces": lambda _asked: [],
        "inferenceProviderMapping": lambda _asked: [],
    },
    RepositoryType.DATASET: {
        "citation": from_files("citation"),
        "description": lambda asked: asked.repository.summary or None,
        "mainSize": lambda asked: asked.repository.main_bytes,
        "paperswithcode_id": lambda asked: asked.card_data.get("paperswithcode_id"),
    },
}
