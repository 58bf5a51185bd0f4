"""From a card, a file list and a config to what lists search and filter by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from models_app.cards import front_matter, papers, plain_text
from models_app.cards.vocabulary import LIBRARIES, TASKS

# The columns' lengths; what is longer is cut (texts) or left out (tags, which must match exactly).
TITLE_LENGTH, SUMMARY_LENGTH, WORD_LENGTH, TAG_LENGTH = 200, 400, 64, 128
MAX_TAGS = 500

# Fields of dataset cards whose values become `field:value` tags.
DATASET_TAG_FIELDS = (
    "annotations_creators",
    "language_creators",
    "multilinguality",
    "size_categories",
    "source_datasets",
    "task_categories",
    "task_ids",
    "modalities",
    "format",
)

LIBRARY_FILES = (
    ("adapter_config.json", "peft"),
    ("model_index.json", "diffusers"),
    ("modules.json", "sentence-transformers"),
    ("config_sentence_transformers.json", "sentence-transformers"),
)
FRAMEWORK_SUFFIXES = (
    (".safetensors", "safetensors"),
    (".gguf", "gguf"),
    (".onnx", "onnx"),
    (".h5", "tf"),
    (".msgpack", "jax"),
    (".keras", "keras"),
)
SIZE_STEPS = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))

# Elements by dtype of a repository's safetensors files; costs reading their headers, so it is asked once.
CountParameters = Callable[[], Mapping[str, int]]
# A column of the database holds no more; a file may claim any shape.
MAX_PARAMETERS = 1 << 62
CITATION = re.compile(r"^```(?:bibtex)?[ \t]*\n(\s*@\w+\{.*?)^```", re.DOTALL | re.MULTILINE)
MAX_CITATION = 5_000


@dataclass(frozen=True, slots=True)
class CardIndex:
    """The columns and tags of one repository. `tags` are pairs of tag and kind, each tag once."""

    title: str = ""
    summary: str = ""
    task: str = ""
    library: str = ""
    licence: str = ""
    tags: list[tuple[str, str]] = field(default_factory=list)
    card_data: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    parameters: int | None = None
    parameters_by_dtype: dict[str, int] = field(default_factory=dict)
    file_facts: dict[str, Any] = field(default_factory=dict)


def extract(
    repository_type: str,
    readme: str | None,
    files: Sequence[str],
    config: Mapping[str, Any] | None = None,
    safetensors: CountParameters | None = None,
    file_facts: Mapping[str, Any] | None = None,
) -> CardIndex:
    """What can be known of a repository from its card, its paths, its `config.json` and further files.

    Never raises for what strangers wrote: a broken card gives an index without its metadata.
    """
    card = front_matter.parse(readme or "")
    is_model = repository_type == "model"
    short_config = config_summary(config or {}) if is_model else {}
    library = library_of(card.data, files, short_config) if is_model else ""
    task = task_of(card.data, short_config) if is_model else first_text(card.data, "task_categories")
    counts = dict(safetensors()) if safetensors and is_model else {}
    return CardIndex(
        title=(first_text(card.data, "pretty_name") or plain_text.heading(card.body))[:TITLE_LENGTH],
        summary=plain_text.summary(card.body, SUMMARY_LENGTH),
        task=task[:WORD_LENGTH],
        library=library[:WORD_LENGTH],
        licence=first_text(card.data, "license").lower()[:WORD_LENGTH],
        tags=unique_tags(
            chain(tags_of(card.data, repository_type, files, library, task), citations(card.body))
        ),
        card_data=card.data,
        config=short_config,
        parameters=parameters_of(counts, file_facts or {}),
        parameters_by_dtype=counts,
        file_facts=dict(file_facts or {}) | citation_of(card.body),
    )


def parameters_of(counts: Mapping[str, int], file_facts: Mapping[str, Any]) -> int | None:
    """As safetensors files count them, else as a GGUF file does."""
    total = sum(counts.values()) or file_facts.get("gguf", {}).get("total", 0)
    return min(total, MAX_PARAMETERS) or None


def citation_of(body: str) -> dict[str, str]:
    """The first BibTeX block of the text."""
    match = CITATION.search(body)
    return {"citation": match[1].strip()[:MAX_CITATION]} if match else {}


def citations(body: str) -> Iterator[tuple[str, str]]:
    """Papers that the text links to are tags like those that the front matter names."""
    return ((f"arxiv:{paper}", "arxiv") for paper in papers.cited_in(body))


def texts(data: Mapping[str, Any], name: str) -> list[str]:
    """The field as a list of texts, whatever shape the author gave it."""
    value = data.get(name)
    values = value if isinstance(value, list) else [value]
    return [str(v).strip() for v in values if isinstance(v, (str, int, float)) and str(v).strip()]


def first_text(data: Mapping[str, Any], name: str) -> str:
    return next(iter(texts(data, name)), "")


def config_summary(config: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a `config.json` that clients and lists ask for."""
    named = config.get("architectures")
    architectures = [a for a in named if isinstance(a, str)][:10] if isinstance(named, list) else []
    short: dict[str, Any] = {}
    if architectures:
        short["architectures"] = architectures
    if isinstance(config.get("model_type"), str):
        short["model_type"] = config["model_type"][:WORD_LENGTH]
    # Classes that the repository brings itself, by the class that loads them.
    if isinstance(auto_map := config.get("auto_map"), dict):
        named_classes = {k: v for k, v in auto_map.items() if isinstance(v, str) and len(v) <= TAG_LENGTH}
        short["auto_map"] = dict(list(named_classes.items())[:20])
    return short


def library_of(data: Mapping[str, Any], files: Sequence[str], config: Mapping[str, Any]) -> str:
    """The library the card names, else the one whose files lie here."""
    if named := first_text(data, "library_name"):
        return named
    present = set(files)
    for file_name, library in LIBRARY_FILES:
        if file_name in present:
            return library
    if "model_type" in config or "architectures" in config:
        return "transformers"
    return next((tag for tag in texts(data, "tags") if tag in LIBRARIES), "")


def task_of(data: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """The task the card names, else a tag that is one, else what the architecture is made for."""
    if named := first_text(data, "pipeline_tag"):
        return named
    for tag in texts(data, "tags"):
        if tag in TASKS:
            return tag
    return next((task for name in config.get("architectures", []) if (task := task_of_class(name))), "")


def task_of_class(architecture: str) -> str:
    endings = {
        "ForCausalLM": "text-generation",
        "LMHeadModel": "text-generation",
        "ForMaskedLM": "fill-mask",
        "ForSequenceClassification": "text-classification",
        "ForTokenClassification": "token-classification",
        "ForQuestionAnswering": "question-answering",
        "ForMultipleChoice": "multiple-choice",
        "ForImageClassification": "image-classification",
        "ForObjectDetection": "object-detection",
        "ForSpeechSeq2Seq": "automatic-speech-recognition",
        "ForCTC": "automatic-speech-recognition",
    }
    return next((task for ending, task in endings.items() if architecture.endswith(ending)), "")


# --- Tags ----------------------------------------------------------------------------------------


def tags_of(
    data: Mapping[str, Any], repository_type: str, files: Sequence[str], library: str, task: str
) -> Iterator[tuple[str, str]]:
    yield from common_tags(data)
    if repository_type == "model":
        yield from model_tags(data, files, library, task)
    else:
        yield from dataset_tags(data)
    for tag in texts(data, "tags"):
        yield tag, kind_of(tag)


def common_tags(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for language in texts(data, "language"):
        yield f"language:{language.lower()}", "language"
    for licence in texts(data, "license"):
        yield f"license:{licence.lower()}", "license"


def model_tags(
    data: Mapping[str, Any], files: Sequence[str], library: str, task: str
) -> Iterator[tuple[str, str]]:
    if library:
        yield library, "library"
    for suffix, framework in FRAMEWORK_SUFFIXES:
        if any(path.endswith(suffix) for path in files):
            yield framework, "library"
    if any(path.rpartition("/")[2] == "pytorch_model.bin" for path in files):
        yield "pytorch", "library"
    if task:
        yield task, "task"
    for dataset in texts(data, "datasets"):
        yield f"dataset:{dataset}", "dataset"
    relation = first_text(data, "base_model_relation") or guessed_relation(files)
    for base in texts(data, "base_model"):
        yield f"base_model:{base}", "base_model"
        yield f"base_model:{relation}:{base}", "base_model"


def guessed_relation(files: Sequence[str]) -> str:
    """How a model comes from its base when the card does not say."""
    if "adapter_config.json" in files:
        return "adapter"
    return "quantized" if any(path.endswith(".gguf") for path in files) else "finetune"


def dataset_tags(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in DATASET_TAG_FIELDS:
        for value in texts(data, name):
            yield f"{name}:{value}", name
    if "size_categories" not in data and (size := size_category(data.get("dataset_info"))):
        yield f"size_categories:{size}", "size_categories"


def size_category(info: Any) -> str:
    """The size class from the row counts that `push_to_hub` writes into the card."""
    rows = 0
    for config in info if isinstance(info, list) else [info]:
        splits = config.get("splits") if isinstance(config, dict) else None
        for split in splits if isinstance(splits, list) else []:
            count = split.get("num_examples") if isinstance(split, dict) else None
            rows += count if isinstance(count, int) else 0
    if not rows:
        return ""
    return next((name for limit, name in SIZE_STEPS if rows < limit), "n>1M")


def kind_of(tag: str) -> str:
    prefix, colon, _rest = tag.partition(":")
    if colon and prefix in {"language", "license", "dataset", "base_model", "region", "arxiv", "doi"}:
        return prefix
    if tag in TASKS:
        return "task"
    return "library" if tag in LIBRARIES else "other"


def unique_tags(tags: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each tag once, in the order of first mention, without those too long to be stored."""
    first: dict[str, str] = {}
    for tag, kind in tags:
        if tag and len(tag) <= TAG_LENGTH and len(first) < MAX_TAGS:
            first.setdefault(tag, kind)
    return list(first.items())
